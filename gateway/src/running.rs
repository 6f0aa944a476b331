//! Starting a gateway beside whatever else the process does, and stopping it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread;
use std::time::Duration;

use gateway_policies::cache::store::CacheStore;
use gateway_policies::counters::Counters;
use gateway_policies::quotas::Quotas;
use gateway_policies::services::Services;
use gateway_snapshot::disk::Disk;
use gateway_snapshot::live::Live;
use parking_lot::Mutex;
use pingora::proxy::http_proxy;
use pingora::server::configuration::ServerConf;
use store::Db;
use thiserror::Error;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::acme::Proofs;
use crate::config::{Config, Database};
use crate::connection::{Crowd, Door};
use crate::cors::PortalOrigin;
use crate::engine::Engine;
use crate::feed::Feed;
use crate::ids::Ids;
use crate::listen::{self, ListenError};
use crate::node::{DataError, DataFolder, Node};
use crate::outside::{Catalogue, Guarded, Sealed, Tasks};
use crate::pipeline::body;
use crate::problem::Explainer;
use crate::proxy::Front;
use crate::report::Reporter;
use crate::status;
use crate::tls::Tls;
use crate::upstreams::Checks;
use crate::usage::{self, Flusher, Journal, JournalError, Recorder, WorkerUsage};
use crate::worker::{Handle, Worker};

/// How many limits are remembered at a time.
const COUNTERS: usize = 100_000;
/// Idle connections to upstreams that a worker keeps.
const POOL: usize = 512;
/// Between two attempts to reach the database.
const CONNECT_AGAIN: Duration = Duration::from_secs(1);
/// For a change that is being applied to reach the disk.
const LAST_WRITE: Duration = Duration::from_secs(1);
/// For work that policies started and that outlives its requests.
const LAST_TASKS: Duration = Duration::from_secs(2);
/// For the last counts to reach the database when the gateway stops.
const LAST_FLUSH: Duration = Duration::from_secs(3);

/// Why a gateway did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// An address that could not be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// A data folder that cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A journal that cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The folder for the snapshot cannot be used.
    #[error("cannot use the folder of the snapshot")]
    Snapshot(#[source] gateway_snapshot::disk::DiskError),
    /// The client for what policies fetch could not be set up.
    #[error(transparent)]
    Outbound(#[from] outbound::Error),
    /// A thread that did not start.
    #[error("a thread of the gateway did not start")]
    Thread(#[source] io::Error),
}

/// The data plane.
#[derive(Debug)]
pub struct Gateway;

/// A gateway that runs. Dropped without [`Running::shutdown`] it stops where it is, as if the process had died: what is
/// not in the database yet stays in its journal.
pub struct Running {
    addresses: Vec<SocketAddr>,
    secure_addresses: Vec<SocketAddr>,
    status: Option<SocketAddr>,
    engine: Arc<Engine>,
    stop: watch::Sender<bool>,
    workers: Vec<Handle>,
    journal: Option<thread::JoinHandle<()>>,
    tasks: Vec<JoinHandle<()>>,
    feed: JoinHandle<()>,
    reporter: Option<JoinHandle<Reporter>>,
    database: watch::Receiver<Option<Db>>,
}

impl Gateway {
    /// Starts listening. Background work runs on the caller's runtime, traffic on threads of its own.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let clock = config.clock.clone();
        let ids = Ids::new();
        let folder = DataFolder::open(&config.data_dir, &ids, clock.now())?;
        let count = config.workers.unwrap_or_else(cores).max(1);

        let mut sockets: Vec<Vec<_>> = (0..count).map(|_| Vec::new()).collect();
        let mut addresses = Vec::new();
        let plain = config.listen.iter().map(|address| (*address, Door::Plain));
        let secure = config.listen_tls.iter();
        let secure = secure.map(|listen| (listen.address, Door::Secure(*listen)));
        let mut secure_addresses = Vec::new();
        for (address, door) in plain.chain(secure) {
            let bound = listen::bind(address, count)?;
            let known = match door {
                Door::Plain => &mut addresses,
                Door::Secure(_) => &mut secure_addresses,
            };
            known.extend(bound.first().and_then(|socket| socket.local_addr().ok()));
            for (worker, socket) in sockets.iter_mut().zip(bound) {
                worker.push((socket, door));
            }
        }

        let leftovers = usage::leftovers(&usage::folder(&folder.path))?;
        let epoch = usage::next_epoch(&usage::folder(&folder.path), &leftovers, clock.now())?;
        let journal = Journal::create(&usage::folder(&folder.path), epoch, config.durability)?;
        let usages: Vec<Arc<WorkerUsage>> = (0..count)
            .map(|_| {
                let lines = (config.limits.log_lines / count).max(1);
                Arc::new(WorkerUsage::new(clock.clone(), lines))
            })
            .collect();
        let recorder = Arc::new(Recorder::new(journal, usages.clone()));

        let live = Arc::new(Live::new());
        let quotas = Arc::new(Quotas::default());
        let background = Arc::new(Tasks::here());
        let guarded = outbound::Client::new(config.outbound.clone())?;
        let anywhere = outbound::Policy::default().with_private_networks();
        let catalogue = Catalogue {
            live: live.clone(),
            client: outbound::Client::new(anywhere)?,
        };
        let engine = Arc::new(Engine {
            node: Node {
                id: folder.node,
                boot: ids.make(clock.now()),
                name: config.node_name.clone(),
                address: addresses
                    .first()
                    .map_or_else(String::new, SocketAddr::to_string),
                started_at: clock.now(),
                ready: AtomicBool::new(false),
                became_ready: Notify::new(),
                stopping: AtomicBool::new(false),
                revision: AtomicI64::new(0),
                newest: AtomicI64::new(0),
                connected: AtomicBool::new(false),
                snapshot_problem: Mutex::default(),
                double: Mutex::default(),
            },
            clock: clock.clone(),
            ids,
            services: Services {
                credentials: live.clone(),
                counters: Arc::new(Counters::new(COUNTERS)),
                quotas: quotas.clone(),
                slots: Arc::default(),
                dice: Arc::default(),
                cache: Arc::new(CacheStore::new(config.limits.cache_bytes)),
                secrets: Arc::new(Sealed(config.sealer.clone())),
                fetch: Arc::new(Guarded(guarded)),
                upstreams: Arc::new(catalogue),
                background: background.clone(),
            },
            live,
            explainer: Explainer {
                portal: config.portal_url.clone(),
                page: config.error_page.clone(),
            },
            portal: PortalOrigin::of(config.portal_url.as_ref()),
            tls: Tls::new(config.sealer.clone()),
            proofs: Proofs::default(),
            crowd: Crowd::default(),
            secure_ports: secure_addresses.iter().map(SocketAddr::port).collect(),
            background,
            memory: Arc::new(body::memory(config.limits.buffered_bytes)),
            recorder: recorder.clone(),
            folder,
            config,
        });

        let flusher = Flusher::new(
            engine.node.id,
            engine.config.workspace,
            epoch,
            clock,
            recorder.clone(),
            usages.clone(),
            quotas,
            leftovers,
        );
        let disk = Disk::open(engine.folder.path.join("snapshot")).map_err(StartError::Snapshot)?;
        let feed = Feed::from_disk(engine.clone(), disk);

        let (stop, stopped) = watch::channel(false);
        let (status, status_task) = match engine.config.status {
            Some(address) => {
                let (bound, task) = status::serve(
                    address,
                    engine.clone(),
                    usages.clone(),
                    flusher.state.clone(),
                )
                .await?;
                (Some(bound), Some(task))
            }
            None => (None, None),
        };
        let workers = spawn_workers(&engine, sockets, &usages, &stopped)?;
        let journal = recorder.spawn().map_err(StartError::Thread)?;
        let (database, connecting) = connect(engine.config.database.clone());
        let feed = tokio::spawn(feed.run(database.clone(), stopped.clone()));
        let mut tasks = vec![connecting];
        tasks.extend(status_task);
        let reporter = Reporter::new(engine.clone(), usages, flusher);
        let checks = Checks::new(engine.clone());
        tasks.push(tokio::spawn(checks.run(stopped.clone())));
        let reporter = tokio::spawn(reporter.run(database.clone(), stopped));
        tracing::info!(?addresses, ?secure_addresses, ?status, node = %engine.node.id, "the gateway listens");
        Ok(Running {
            addresses,
            secure_addresses,
            status,
            engine,
            stop,
            workers,
            journal: Some(journal),
            tasks,
            feed,
            reporter: Some(reporter),
            database,
        })
    }
}

impl Running {
    /// Where API calls are taken, in the order of the configuration.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Where API calls are taken over TLS, in the order of the configuration.
    pub fn secure_addresses(&self) -> &[SocketAddr] {
        &self.secure_addresses
    }

    /// Where health, status and metrics are answered.
    pub fn status_address(&self) -> Option<SocketAddr> {
        self.status
    }

    /// The revision of the configuration that is served; 0 before the first.
    pub fn revision(&self) -> i64 {
        self.engine.node.revision.load(Ordering::Acquire)
    }

    /// Whether there is a configuration to serve.
    pub fn is_ready(&self) -> bool {
        self.engine.node.is_ready()
    }

    /// Returns when there is a configuration to serve. Until then requests get 503; without a database, and with nothing
    /// on the disk, that is forever.
    pub async fn ready(&self) {
        self.engine.node.until_ready().await;
    }

    /// Returns when every worker's thread has ended: after [`Running::shutdown`], or because all of them failed.
    pub async fn wait(&mut self) {
        for worker in &mut self.workers {
            // an error means that the thread is gone without a word: ended as well
            let _ = worker.drained.wait_for(|drained| *drained).await;
        }
    }

    /// Stops: no new connections, requests in flight up to the drain time, then the last counts into the database.
    pub async fn shutdown(mut self) {
        self.engine.node.stopping.store(true, Ordering::Release);
        self.stop.send_replace(true);
        self.wait().await;
        for worker in self.workers.drain(..) {
            let _ = worker.thread.join();
        }
        self.engine.background.end(LAST_TASKS).await;
        if timeout(LAST_WRITE, &mut self.feed).await.is_err() {
            tracing::warn!("a change that was being read is not on the disk");
        }
        self.engine.recorder.stop();
        if let Some(journal) = self.journal.take() {
            let _ = tokio::task::spawn_blocking(move || journal.join()).await;
        }
        if let Some(reporter) = self.reporter.take()
            && let Ok(mut reporter) = reporter.await
        {
            let db = self.database.borrow().clone();
            if let Some(db) = db
                && timeout(LAST_FLUSH, reporter.last(&db)).await.is_err()
            {
                tracing::warn!(
                    "the database did not take the last counts; they wait in the journal"
                );
            }
            self.engine.recorder.close();
        }
        // `drop` ends the other tasks
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        for task in self.tasks.iter().chain([&self.feed]) {
            task.abort();
        }
        if let Some(reporter) = &self.reporter {
            reporter.abort();
        }
        self.engine.recorder.stop();
        if let Some(journal) = self.journal.take() {
            // what was counted goes to the journal; the flusher of the next start finds it there
            let _ = journal.join();
        }
        self.engine.recorder.abandon();
    }
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn spawn_workers(
    engine: &Arc<Engine>,
    sockets: Vec<Vec<(tokio::net::TcpSocket, Door)>>,
    usages: &[Arc<WorkerUsage>],
    stop: &watch::Receiver<bool>,
) -> Result<Vec<Handle>, StartError> {
    let conf = Arc::new(ServerConf {
        threads: 1,
        work_stealing: false,
        upstream_keepalive_pool_size: POOL,
        // bounded by each upstream's settings; this is only the outermost fence
        max_retries: 8,
        ..ServerConf::default()
    });
    let mut workers = Vec::with_capacity(usages.len());
    for (number, (sockets, usage)) in sockets.into_iter().zip(usages).enumerate() {
        let front = Front {
            engine: engine.clone(),
            usage: usage.clone(),
        };
        let worker = Worker {
            number,
            sockets,
            proxy: http_proxy(&conf, front),
            usage: usage.clone(),
            engine: engine.clone(),
            stop: stop.clone(),
        };
        workers.push(worker.spawn().map_err(StartError::Thread)?);
    }
    Ok(workers)
}

/// The database as soon as there is one.
fn connect(database: Database) -> (watch::Receiver<Option<Db>>, JoinHandle<()>) {
    let (sender, receiver) = watch::channel(None);
    let task = tokio::spawn(async move {
        match database {
            Database::None => {}
            Database::Open(db) => {
                sender.send_replace(Some(db));
            }
            Database::Later(open) => loop {
                match open().await {
                    Ok(db) => {
                        sender.send_replace(Some(db));
                        break;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the database cannot be reached; trying again");
                        tokio::time::sleep(CONNECT_AGAIN).await;
                    }
                }
            },
        }
        // the receivers wait on this sender for as long as the gateway runs
        std::future::pending::<()>().await;
    });
    (receiver, task)
}

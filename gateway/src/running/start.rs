//! Starting a gateway beside whatever else the process does.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::thread;
use std::time::Duration;

use gateway_policies::cache::store::{CacheStore, DiskSettings};
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

use super::Running;
use crate::acme::Proofs;
use crate::config::{Config, Database, Limits};
use crate::connection::{Crowd, Door};
use crate::cors::PortalOrigin;
use crate::direct::Pool;
use crate::dns::Resolver;
use crate::engine::Engine;
use crate::feed::Feed;
use crate::handover::{HandoverError, Hold, Inheritance, Offer, Predecessor, Role};
use crate::ids::Ids;
use crate::listen::{self, ListenError, Socket};
use crate::node::{DataError, DataFolder, Node};
use crate::outside::{Catalogue, Guarded, Sealed, Tasks};
use crate::pipeline::body;
use crate::problem::Explainer;
use crate::proxy::Front;
use crate::report::Reporter;
use crate::status;
use crate::tls::Tls;
use crate::upstreams::Checks;
use crate::usage::{self, Flusher, Journal, JournalError, Recorder, Room, WorkerUsage};
use crate::worker::{Handle, Worker};

/// How many limits are remembered at a time.
const COUNTERS: usize = 100_000;
/// Idle connections to upstreams that a worker keeps.
const POOL: usize = 512;
/// Between two attempts to reach the database.
const CONNECT_AGAIN: Duration = Duration::from_secs(1);
/// For a successor to have a configuration to serve.
const WARM_UP: Duration = Duration::from_secs(60);

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
    /// The gateway that runs did not hand over.
    #[error(transparent)]
    Handover(#[from] HandoverError),
    /// The folder for the snapshot cannot be used.
    #[error("cannot use the folder of the snapshot")]
    Snapshot(#[source] gateway_snapshot::disk::DiskError),
    /// The client for what policies fetch could not be set up.
    #[error(transparent)]
    Outbound(#[from] outbound::Error),
    /// The folder for what the cache keeps on the disk cannot be used.
    #[error("cannot use the folder of the cache")]
    Cache(#[source] io::Error),
    /// A thread that did not start.
    #[error("a thread of the gateway did not start")]
    Thread(#[source] io::Error),
}

/// The data plane.
#[derive(Debug)]
pub struct Gateway;

impl Gateway {
    /// Starts listening; with [`Config::succeed`] on the sockets of the gateway that runs, once there is a configuration to
    /// serve. Background work runs on the caller's runtime, traffic on threads of its own.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let clock = config.clock.clone();
        let ids = Ids::new();
        let mut inheritance = if config.succeed {
            let folder = config.data_dir.clone();
            tokio::task::spawn_blocking(move || Inheritance::ask(&folder))
                .await
                .map_err(|error| HandoverError::from(io::Error::other(error)))??
        } else {
            None
        };
        let lock = inheritance.as_mut().and_then(Inheritance::lock);
        let folder = DataFolder::open(&config.data_dir, &ids, clock.now(), lock)?;
        let mut inherited = |role| {
            let pieces = inheritance.as_mut();
            pieces.map_or_else(Vec::new, |pieces| pieces.take(role))
        };
        let count = config.workers.unwrap_or_else(cores).max(1);

        let mut sockets: Vec<Vec<_>> = (0..count).map(|_| Vec::new()).collect();
        let mut addresses = Vec::new();
        let plain = config.listen.iter().map(|address| (*address, Door::Plain));
        let secure = config.listen_tls.iter();
        let secure = secure.map(|listen| (listen.address, Door::Secure(*listen)));
        let mut secure_addresses = Vec::new();
        let mut pieces = Vec::new();
        for (address, door) in plain.chain(secure) {
            let (known, role) = match door {
                Door::Plain => (&mut addresses, Role::Plain(address)),
                Door::Secure(_) => (&mut secure_addresses, Role::Secure(address)),
            };
            let bound = listen::bind(address, count, inherited(role))?;
            known.extend(bound.first().and_then(|socket| socket.local_addr().ok()));
            for (place, socket) in bound.into_iter().enumerate() {
                let copy = socket.duplicate();
                pieces.push((
                    role,
                    copy.map_err(|source| ListenError { address, source })?,
                ));
                sockets[place % count].push((socket, door));
            }
        }
        let status_listener = match config.status {
            Some(address) => {
                let role = Role::Status(address);
                let listener = status::bind(address, inherited(role).pop()).await?;
                let trouble = |source| ListenError { address, source };
                let copy = listener.as_fd().try_clone_to_owned().map_err(trouble)?;
                pieces.push((role, copy));
                Some(listener)
            }
            None => None,
        };
        let status = status_listener
            .as_ref()
            .and_then(|listener| listener.local_addr().ok());

        let leftovers = usage::leftovers(&usage::folder(&folder.path), None)?;
        let epoch = usage::next_epoch(&usage::folder(&folder.path), &leftovers, clock.now())?;
        let journal = Journal::create(&usage::folder(&folder.path), epoch, config.durability)?;
        let usages: Vec<Arc<WorkerUsage>> = (0..count)
            .map(|_| {
                Arc::new(WorkerUsage::new(
                    clock.clone(),
                    log_room(&config.limits, count),
                ))
            })
            .collect();
        let recorder = Arc::new(Recorder::new(journal, usages.clone()));

        let live = Arc::new(Live::new());
        let quotas = Arc::new(Quotas::default());
        let background = Arc::new(Tasks::here());
        let guarded = outbound::Client::new(config.outbound.clone())?;
        let anywhere = outbound::Policy::default().with_private_networks();
        let resolver = Arc::new(Resolver::new(config.name_servers.clone()));
        let catalogue = Catalogue {
            resolver: resolver.clone(),
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
                retiring: AtomicBool::new(false),
                left: watch::Sender::new(false),
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
                proofs: Arc::default(),
                dice: Arc::default(),
                cache: Arc::new(cache(&config)?),
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
            resolver,
            proofs: Proofs::default(),
            crowd: Crowd::default(),
            secure_ports: secure_addresses.iter().map(SocketAddr::port).collect(),
            background,
            memory: Arc::new(body::memory(config.limits.buffered_bytes)),
            recorder: recorder.clone(),
            disk: Hold::default(),
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
        let (leave, leaving) = watch::channel(false);
        let journal = recorder.spawn().map_err(StartError::Thread)?;
        let (database, connecting) = connect(engine.config.database.clone());
        let feed = match engine.config.declared.clone() {
            Some(declared) => tokio::spawn(feed.run_declared(declared, stopped.clone())),
            None => tokio::spawn(feed.run(database.clone(), stopped.clone())),
        };
        let mut running = Running {
            addresses,
            secure_addresses,
            status,
            engine: engine.clone(),
            leave: leave.clone(),
            stop,
            pieces: Arc::new(Mutex::new(Some(pieces))),
            offer: None,
            successor: None,
            workers: Vec::new(),
            journal: Some(journal),
            status_task: None,
            tasks: vec![connecting],
            feed,
            reporter: None,
            database: database.clone(),
        };
        if inheritance.is_some() {
            // until then the gateway before serves
            timeout(WARM_UP, running.ready())
                .await
                .map_err(|_| HandoverError::NotReady(WARM_UP.as_secs()))?;
        }
        running.status_task = status_listener.map(|listener| {
            let state = flusher.state.clone();
            status::serve(listener, engine.clone(), usages.clone(), state)
        });
        running.workers = spawn_workers(&engine, sockets, &usages, &leaving, &stopped)?;
        let predecessor = match inheritance {
            Some(inheritance) => inheritance.serving()?,
            None => watch::channel(Predecessor::Gone).1,
        };
        if engine.config.hand_over {
            match Offer::open(engine.clone(), running.pieces.clone(), leave) {
                Ok(offer) => running.offer = Some(tokio::spawn(offer.taken())),
                Err(error) => tracing::warn!(%error, "no successor can take over"),
            }
        }
        let reporter = Reporter::new(engine.clone(), usages, flusher, predecessor);
        let checks = Checks::new(engine.clone());
        running
            .tasks
            .push(tokio::spawn(checks.run(stopped.clone())));
        running.reporter = Some(tokio::spawn(reporter.run(database, stopped)));
        let (addresses, secure_addresses) = (&running.addresses, &running.secure_addresses);
        tracing::info!(?addresses, ?secure_addresses, ?status, node = %engine.node.id, "the gateway listens");
        Ok(running)
    }
}

/// Stored answers: in memory, and on the disk where the configuration gives them room.
fn cache(config: &Config) -> Result<CacheStore, StartError> {
    let limits = &config.limits;
    if limits.cache_disk_bytes == 0 {
        return Ok(CacheStore::new(limits.cache_bytes));
    }
    let settings = DiskSettings {
        folder: config.data_dir.join("cache"),
        bytes: limits.cache_disk_bytes,
    };
    CacheStore::with_disk(limits.cache_bytes, &settings).map_err(StartError::Cache)
}

/// What each of so many workers may keep of the request log.
fn log_room(limits: &Limits, workers: usize) -> Room {
    let second = i64::try_from(workers)
        .unwrap_or(i64::MAX)
        .saturating_mul(1_000_000);
    Room {
        waiting: (limits.log_lines / workers).max(1),
        gap: second.checked_div(i64::from(limits.log_rate)),
    }
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn spawn_workers(
    engine: &Arc<Engine>,
    sockets: Vec<Vec<(Socket, Door)>>,
    usages: &[Arc<WorkerUsage>],
    leave: &watch::Receiver<bool>,
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
        let pool = Arc::new(Pool::new(POOL));
        let front = Front {
            engine: engine.clone(),
            usage: usage.clone(),
            pool: pool.clone(),
        };
        let worker = Worker {
            number,
            sockets,
            proxy: http_proxy(&conf, front),
            usage: usage.clone(),
            engine: engine.clone(),
            pool,
            leave: leave.clone(),
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
                        tracing::warn!(%error, "the database cannot be used yet; trying again");
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

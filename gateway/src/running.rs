//! A gateway that runs: what can be asked of it, and stopping it.

mod start;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use store::Db;
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub use self::start::{Gateway, StartError};
use crate::engine::Engine;
use crate::handover::Pieces;
use crate::report::Reporter;
use crate::worker::Handle;

/// For a change that is being applied to reach the disk.
const LAST_WRITE: Duration = Duration::from_secs(1);
/// For work that policies started and that outlives its requests.
const LAST_TASKS: Duration = Duration::from_secs(2);
/// For the last counts to reach the database when the gateway stops.
const LAST_FLUSH: Duration = Duration::from_secs(3);

/// A gateway that runs. Dropped without [`Running::shutdown`] it stops where it is, as if the process had died: what is
/// not in the database yet stays in its journal.
pub struct Running {
    addresses: Vec<SocketAddr>,
    secure_addresses: Vec<SocketAddr>,
    status: Option<SocketAddr>,
    engine: Arc<Engine>,
    leave: watch::Sender<bool>,
    stop: watch::Sender<bool>,
    pieces: Pieces,
    offer: Option<JoinHandle<Option<UnixStream>>>,
    /// Open until the last count is written: its end is what the successor waits for.
    successor: Option<UnixStream>,
    workers: Vec<Handle>,
    journal: Option<thread::JoinHandle<()>>,
    status_task: Option<JoinHandle<()>>,
    tasks: Vec<JoinHandle<()>>,
    feed: JoinHandle<()>,
    reporter: Option<JoinHandle<Reporter>>,
    database: watch::Receiver<Option<Db>>,
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

    /// Returns when a successor serves from this gateway's sockets: time for [`Running::retire`]. Never, when none comes.
    pub async fn succeeded(&mut self) {
        if let Some(offer) = &mut self.offer {
            let taken = offer.await;
            self.offer = None;
            self.successor = taken.ok().flatten();
        }
        if self.successor.is_none() {
            std::future::pending().await
        }
    }

    /// Ends after a successor took over: connections go as their requests end, and those that are left after the drain time
    /// as in [`Running::shutdown`].
    pub async fn retire(mut self) {
        self.pieces.lock().take();
        if let Some(status) = self.status_task.take() {
            // the successor answers for both
            status.abort();
        }
        let drain = self.engine.config.timeouts.drain;
        if timeout(drain, self.wait()).await.is_err() {
            tracing::info!(
                "closing connections that nothing has come over since the successor took over"
            );
        }
        self.shutdown().await;
    }

    /// Stops: no new connections, requests in flight up to the drain time, then the last counts into the database.
    pub async fn shutdown(mut self) {
        self.engine.node.stopping.store(true, Ordering::Release);
        // each of them would keep a socket open that nobody accepts from
        self.pieces.lock().take();
        self.leave.send_replace(true);
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
            if db.is_none() {
                reporter.print();
            }
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
        self.pieces.lock().take();
        self.leave.send_replace(true);
        self.stop.send_replace(true);
        if let Some(offer) = &self.offer {
            offer.abort();
        }
        let others = self.status_task.iter().chain([&self.feed]);
        for task in self.tasks.iter().chain(others) {
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

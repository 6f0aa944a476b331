//! Once a second: counts go to the database when they are due, and the node says how it is.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use domain::id::GatewayNodeId;
use store::{Db, nodes};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::engine::Engine;
use crate::handover::Predecessor;
use crate::passed::Passed;
use crate::upstreams;
use crate::usage::{Flusher, WorkerUsage};

const EVERY: Duration = Duration::from_secs(1);
/// Seconds between two looks at what other nodes counted.
const OTHERS: u64 = 5;
/// How long a statement may go on when the gateway stops.
const PATIENCE: Duration = Duration::from_secs(2);
/// Upstreams that a heartbeat tells of.
const MOST_UPSTREAMS: usize = 200;
/// For the gateway before to speak no more.
const STEPPING_BACK: Duration = Duration::from_secs(10);
/// Looks at what the gateway before left behind, once it is gone.
const LOOKS: u32 = 3;
/// A node that has not spoken for so long is not alive.
const ALIVE: Duration = Duration::from_secs(5);

/// Writes usage and heartbeats.
pub(crate) struct Reporter {
    engine: Arc<Engine>,
    workers: Vec<Arc<WorkerUsage>>,
    flusher: Flusher,
    /// Requests and the moment of the last heartbeat, for the rate.
    before: (u64, Instant),
    /// How far the gateway that this one took over from has stepped back.
    predecessor: watch::Receiver<Predecessor>,
    /// Looks that are still to be had at what it left behind.
    looks: u32,
    /// When it was last there; `None` when there never was one.
    shared: Option<Instant>,
    passed: Passed,
}

impl Reporter {
    pub(crate) fn new(
        engine: Arc<Engine>,
        workers: Vec<Arc<WorkerUsage>>,
        flusher: Flusher,
        predecessor: watch::Receiver<Predecessor>,
    ) -> Self {
        let alone = *predecessor.borrow() == Predecessor::Gone;
        Self {
            engine,
            workers,
            flusher,
            before: (0, Instant::now()),
            predecessor,
            looks: if alone { 0 } else { LOOKS },
            shared: (!alone).then(Instant::now),
            passed: Passed::default(),
        }
    }

    /// Until the gateway stops; then it comes back for the last counts.
    pub(crate) async fn run(
        mut self,
        database: watch::Receiver<Option<Db>>,
        mut stop: watch::Receiver<bool>,
    ) -> Self {
        let mut predecessor = self.predecessor.clone();
        let silent = predecessor.wait_for(|state| *state > Predecessor::Speaks);
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return self,
            // two that speak as one node would be taken for a copied data folder
            _ = timeout(STEPPING_BACK, silent) => {}
        }
        // it may have died just now, without a good-bye
        self.shared = self.shared.map(|_| Instant::now());
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut turn = 0_u64;
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return self,
                _ = ticks.tick() => {}
            }
            turn = turn.wrapping_add(1);
            let now = self.engine.clock.now();
            self.engine.services.counters.sweep(now);
            self.engine.services.quotas.sweep(now);
            let db = database.borrow().clone();
            let Some(db) = db else {
                self.adopt();
                self.print();
                if self.engine.node.retiring.load(Ordering::Acquire) {
                    // nobody keeps its name
                    self.engine.node.left.send_replace(true);
                }
                continue;
            };
            let patience = async {
                // an error means that the gateway itself is gone: stop as well
                let _ = stop.wait_for(|stop| *stop).await;
                sleep(PATIENCE).await;
            };
            tokio::select! {
                () = self.report(&db, turn) => {}
                () = patience => return self,
            }
        }
    }

    /// Takes over what the gateway before could not write.
    fn adopt(&mut self) {
        if self.looks > 0 && *self.predecessor.borrow() == Predecessor::Gone {
            // its journal may be held for a moment longer than its socket
            self.looks -= 1;
            self.flusher.adopt(&self.engine.folder.path);
        }
    }

    async fn report(&mut self, db: &Db, turn: u64) {
        self.adopt();
        if self.engine.node.retiring.load(Ordering::Acquire) {
            self.flusher.flush(db).await;
            self.leave(db).await;
            return;
        }
        self.flusher.flush_when_due(db).await;
        self.beat(db).await;
        if turn.is_multiple_of(OTHERS)
            && let Err(error) = self.learn(db).await
        {
            tracing::debug!(%error, "could not learn what other nodes counted");
        }
    }

    /// Quotas are shared with the other nodes that are alive.
    async fn learn(&self, db: &Db) -> Result<(), store::Error> {
        let mut conn = db.read().await?;
        let alive = self.engine.clock.now() - ALIVE;
        let nodes = nodes::list(&mut conn, self.engine.config.workspace).await?;
        drop(conn);
        if nodes
            .iter()
            .filter(|node| node.heartbeat_at > alive)
            .count()
            > 1
        {
            self.flusher.seed(db).await?;
        }
        Ok(())
    }

    /// Gives usage to the sink, where there is one.
    pub(crate) fn print(&mut self) {
        if let Some(sink) = self.engine.config.usage_sink.clone() {
            self.flusher.print(&sink);
        }
    }

    /// The last counts, and good-bye.
    pub(crate) async fn last(&mut self, db: &Db) {
        self.flusher.flush(db).await;
        self.leave(db).await;
    }

    async fn leave(&self, db: &Db) {
        if *self.engine.node.left.borrow() {
            return;
        }
        let left = async {
            let mut tx = db.begin().await?;
            let node = &self.engine.node;
            nodes::leave(&mut tx, node.id, node.boot).await?;
            if node.double.lock().is_some() {
                // the line that it had beside its original
                nodes::leave(&mut tx, GatewayNodeId::from(node.boot), node.boot).await?;
            }
            tx.commit().await
        };
        match left.await {
            Ok(()) => {
                self.engine.node.left.send_replace(true);
            }
            Err(error) => tracing::debug!(%error, "could not say good-bye to the database"),
        }
    }

    /// Whether the gateway before is there, or its last heartbeat may still count: it has this node's id as well.
    fn shares_its_name(&mut self) -> bool {
        if *self.predecessor.borrow() != Predecessor::Gone {
            self.shared = Some(Instant::now());
        }
        self.shared.is_some_and(|at| at.elapsed() <= ALIVE + EVERY)
    }

    async fn beat(&mut self, db: &Db) {
        let shares_its_name = self.shares_its_name();
        let engine = self.engine.clone();
        let node = &engine.node;
        let now = self.engine.clock.now();
        let total: u64 = self.workers.iter().map(|worker| worker.requests()).sum();
        let failures = engine.live.policy_failures();
        let others = [
            self.engine.recorder.problem(),
            self.flusher.state.read().1,
            self.passed.sentence(&failures, Instant::now()),
        ];
        let row = nodes::Node {
            id: node.id,
            workspace_id: self.engine.config.workspace,
            name: node.name.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            address: node.address.clone(),
            boot_id: node.boot,
            revision: node.revision.load(Ordering::Acquire),
            requests_total: i64::try_from(total).unwrap_or(i64::MAX),
            requests_per_second_milli: self.rate(total),
            problem: node.problem(&others),
            upstreams: self.upstreams(),
            started_at: node.started_at,
            heartbeat_at: now,
        };
        let beaten = async {
            let mut tx = db.begin().await?;
            let mine = nodes::beat(&mut tx, &row, now - ALIVE).await?;
            tx.commit().await?;
            Ok::<bool, store::Error>(mine)
        };
        match beaten.await {
            Ok(true) => {
                if node.double.lock().take().is_some() {
                    self.forget_copy(db).await;
                }
            }
            // no copied data folder: this passes when the one before is gone
            Ok(false) if shares_its_name || node.retiring.load(Ordering::Acquire) => {
                tracing::debug!("the other gateway of an upgrade spoke as this node");
            }
            Ok(false) => {
                let words =
                    "another gateway speaks with this node's id: its data folder was copied";
                let before = node.double.lock().replace(words.to_owned());
                if before.is_none() {
                    tracing::error!(node = %node.id, "{words}");
                }
                self.beat_as_copy(db, row, words).await;
            }
            Err(error) => tracing::debug!(%error, "no heartbeat"),
        }
    }

    /// A copy stands beside its original, under the id of its process, so that the dashboard shows both.
    async fn beat_as_copy(&self, db: &Db, mut row: nodes::Node, words: &str) {
        row.id = GatewayNodeId::from(row.boot_id);
        words.clone_into(&mut row.problem);
        let beaten = async {
            let mut tx = db.begin().await?;
            nodes::beat(&mut tx, &row, row.heartbeat_at - ALIVE).await?;
            tx.commit().await
        };
        if let Err(error) = beaten.await {
            tracing::debug!(%error, "no heartbeat of the copy");
        }
    }

    /// The other one has gone: this process is the node.
    async fn forget_copy(&self, db: &Db) {
        let boot = self.engine.node.boot;
        let left = async {
            let mut tx = db.begin().await?;
            nodes::leave(&mut tx, GatewayNodeId::from(boot), boot).await?;
            tx.commit().await
        };
        if let Err(error) = left.await {
            tracing::debug!(%error, "the copy's heartbeat stands");
        }
    }

    /// How the upstreams do, for the dashboard.
    fn upstreams(&self) -> String {
        let mut reports = upstreams::report(&self.engine.live);
        // those with something to tell first: what is cut off is well
        reports.sort_by_key(|one| one.is_well());
        reports.truncate(MOST_UPSTREAMS);
        serde_json::to_string(&reports).unwrap_or_else(|_| "[]".to_owned())
    }

    /// Requests a second since the last heartbeat, times 1 000.
    fn rate(&mut self, total: u64) -> i64 {
        let (before, at) = std::mem::replace(&mut self.before, (total, Instant::now()));
        let micros = at.elapsed().as_micros().max(1);
        let milli = u128::from(total - before) * 1_000_000_000 / micros;
        i64::try_from(milli).unwrap_or(i64::MAX)
    }
}

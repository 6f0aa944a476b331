//! The configuration's way from the store to the live tables: all of it once, then what changed.

mod contracts;
mod load;
mod purge;
mod rows;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::change::ChangeKind;
use gateway_snapshot::disk::Disk;
use gateway_snapshot::live::Live;
use gateway_snapshot::model::{Change, Entity};
use gateway_snapshot::problem::Problem;
use parking_lot::Mutex;
use store::{Db, changes};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use self::contracts::Contracts;
use crate::config::Declared;
use crate::engine::Engine;

/// Lines of the feed that are read at once; more means that reading everything is cheaper.
const LINES: i64 = 5_000;
/// Between two attempts while the database is away.
const RETRY: Duration = Duration::from_millis(500);
/// How long the database may take for one answer before it counts as away.
const PATIENCE: Duration = Duration::from_secs(60);
/// Looked at even when nobody told of a change.
const SAFETY: Duration = Duration::from_secs(1);

/// Why the configuration could not be read.
#[derive(Debug, thiserror::Error)]
enum FeedError {
    #[error("the configuration could not be read: {0}")]
    Store(#[from] store::Error),
    #[error("the database did not answer in time")]
    TimedOut,
    #[error("the thread that applies changes ended: {0}")]
    Thread(#[from] tokio::task::JoinError),
}

/// Keeps the live tables at the store's newest revision.
pub(crate) struct Feed {
    engine: Arc<Engine>,
    disk: Arc<Mutex<Disk>>,
    /// The revision that the live tables hold; `None` while they hold nothing that this database told.
    revision: Option<i64>,
    contracts: Contracts,
}

/// What a blocking thread applies.
enum Step {
    All(i64, Vec<Entity>),
    Some(i64, Vec<Change>),
}

impl Feed {
    /// Begins with what was declared, or with what the disk holds.
    pub(crate) fn from_disk(engine: Arc<Engine>, disk: Disk) -> Self {
        let declared = engine.config.declared.clone();
        let mut feed = Self {
            engine,
            disk: Arc::new(Mutex::new(disk)),
            revision: None,
            contracts: Contracts::default(),
        };
        match declared {
            // what an earlier process left on the disk may let in whom the declaration no longer names
            Some(declared) => feed.begin_declared(&declared.borrow()),
            None => feed.begin_on_disk(),
        }
        feed
    }

    fn begin_declared(&mut self, first: &Declared) {
        let entities = first.entities.lock().take();
        if let Some(entities) = entities {
            self.begin(first.number, entities);
        }
    }

    fn begin_on_disk(&mut self) {
        let loaded = self.disk.lock().load();
        for note in &loaded.notes {
            tracing::warn!(%note, "the snapshot on the disk");
        }
        if let Some(state) = loaded.state {
            tracing::info!(
                revision = state.revision,
                "serving the configuration on the disk"
            );
            self.begin(state.revision, state.entities);
            // the database may be another one, or one that was put back: its first answer counts as a whole
            self.revision = None;
        }
    }

    fn begin(&mut self, revision: i64, entities: Vec<Entity>) {
        let live = &self.engine.live;
        let refused = live.replace(revision, entities).err();
        let papers = self.engine.tls.refresh(live);
        let refused = refused.map(|problems| problems.to_string());
        self.applied(revision, refused.or(papers));
    }

    /// Follows a configuration from elsewhere until the gateway stops. One that could not be read changes nothing but what
    /// is said of it.
    pub(crate) async fn run_declared(
        mut self,
        mut declared: watch::Receiver<Arc<Declared>>,
        mut stop: watch::Receiver<bool>,
    ) {
        loop {
            let now = declared.borrow_and_update().clone();
            let entities = now.entities.lock().take();
            if let Some(entities) = entities {
                purge::everything(&self.engine.services.cache);
                let step = Step::All(now.number, entities);
                if let Err(error) = self.apply(step, Vec::new()).await {
                    tracing::error!(%error, "the declaration could not be put into force");
                }
            }
            if let Some(problem) = &now.problem {
                tracing::error!(%problem, "the declaration cannot be used; the one before stays");
                *self.engine.node.snapshot_problem.lock() = Some(problem.clone());
            }
            tokio::select! {
                changed = declared.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Follows the store until the gateway stops; what was applied by then is on the disk.
    pub(crate) async fn run(
        mut self,
        mut database: watch::Receiver<Option<Db>>,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut notice = self.engine.config.changes.clone();
        loop {
            let db = tokio::select! {
                db = database.wait_for(Option::is_some) => db.ok().and_then(|db| db.clone()),
                _ = stop.wait_for(|stop| *stop) => None,
            };
            let Some(db) = db else { return };
            let Err(error) = self.follow(&db, &mut notice, &mut stop).await else {
                return;
            };
            if self.engine.node.connected.swap(false, Ordering::AcqRel) || self.revision.is_none() {
                tracing::warn!(%error, "the database is away; the configuration stays as it is");
            }
            sleep(RETRY).await;
        }
    }

    async fn follow(
        &mut self,
        db: &Db,
        notice: &mut Option<watch::Receiver<i64>>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), FeedError> {
        let mut watch = patiently(db.watch()).await?;
        let mut conn = patiently(db.read()).await?;
        self.read_proofs(&mut conn).await?;
        drop(conn);
        loop {
            self.catch_up(db).await?;
            tokio::select! {
                changed = watch.changed() => changed?,
                () = told(notice) => {}
                () = sleep(SAFETY) => {}
                _ = stop.wait_for(|stop| *stop) => return Ok(()),
            }
        }
    }

    async fn catch_up(&mut self, db: &Db) -> Result<(), FeedError> {
        let mut conn = patiently(db.read()).await?;
        let newest = patiently(changes::revision(&mut conn)).await?;
        self.engine.node.newest.store(newest, Ordering::Release);
        self.engine.node.connected.store(true, Ordering::Release);
        let Some(known) = self.revision else {
            return self.read_all(&mut conn, newest).await;
        };
        if newest == known {
            return Ok(());
        }
        let lines = patiently(changes::since(&mut conn, known, LINES)).await?;
        let oldest = patiently(changes::oldest(&mut conn)).await?;
        let behind = oldest.is_none_or(|oldest| oldest > known + 1);
        let many = i64::try_from(lines.len()).is_ok_and(|count| count >= LINES);
        // a lower revision: the database was put back from a backup
        if newest < known || behind || many {
            return self.read_all(&mut conn, newest).await;
        }
        let purges = |line: &changes::ChangeLine| line.kind == ChangeKind::CachePurge;
        for line in lines.iter().filter(|line| purges(line)) {
            let order = patiently(purge::read(&mut conn, line)).await?;
            purge::carry_out(&self.engine.services.cache, order);
        }
        let proofs = |line: &changes::ChangeLine| line.kind == ChangeKind::AcmeChallenge;
        if lines.iter().any(proofs) {
            self.read_proofs(&mut conn).await?;
        }
        let entities = lines.iter().filter(|line| !purges(line) && !proofs(line));
        let entities: Vec<_> = entities.cloned().collect();
        let portal = self.engine.config.portal_url.clone();
        let mut read = patiently(load::changed(&mut conn, &entities, portal.as_ref())).await?;
        if lines.iter().any(|line| Contracts::depend_on(line.kind)) {
            let changes = patiently(self.contracts.changes(&mut conn, false)).await?;
            read.found.extend(changes);
        }
        // lines may have come after the revision was read: they count
        let revision = lines
            .iter()
            .map(|line| line.revision)
            .fold(newest, i64::max);
        self.apply(Step::Some(revision, read.found), read.unreadable)
            .await
    }

    /// The proofs for ACME are few, and gone within minutes: all of them are read.
    async fn read_proofs(&self, conn: &mut store::Conn) -> Result<(), FeedError> {
        let shown = patiently(store::acme_challenges::all(conn)).await?;
        self.engine.proofs.replace(shown);
        Ok(())
    }

    async fn read_all(&mut self, conn: &mut store::Conn, revision: i64) -> Result<(), FeedError> {
        // the orders that came meanwhile are not known: nothing stored is certain to be wanted
        purge::everything(&self.engine.services.cache);
        self.read_proofs(conn).await?;
        let portal = self.engine.config.portal_url.clone();
        let mut read = patiently(load::everything(conn, portal.as_ref())).await?;
        let changes = patiently(self.contracts.changes(conn, true)).await?;
        // what is not put is gone with the rest
        read.found
            .extend(changes.into_iter().filter_map(|change| match change {
                Change::Put(entity) => Some(entity),
                Change::Delete { .. } => None,
            }));
        self.apply(Step::All(revision, read.found), read.unreadable)
            .await
    }

    /// Compiles and swaps on a blocking thread, then writes to the disk: no request waits for either. The disk keeps what
    /// is in force: of an entity that does not compile the form before.
    async fn apply(&mut self, step: Step, unreadable: Vec<Problem>) -> Result<(), FeedError> {
        let engine = self.engine.clone();
        let (revision, refused, papers, changes) = spawn_blocking(move || {
            let live = &engine.live;
            let (revision, refused, changes) = match step {
                Step::All(revision, entities) => {
                    let refused = live.replace_with(revision, entities, unreadable).err();
                    (revision, refused, None)
                }
                Step::Some(revision, mut changes) => {
                    let refused = live.apply_with(revision, changes.clone(), unreadable).err();
                    if refused.is_some() {
                        changes.retain(|change| !live.is_refused(change.kind(), change.id()));
                    }
                    (revision, refused, Some(changes))
                }
            };
            (revision, refused, engine.tls.refresh(live), changes)
        })
        .await?;
        let refused = refused.map(|problems| problems.to_string());
        self.applied(revision, refused.or(papers));
        if self.engine.config.declared.is_some() {
            return Ok(());
        }
        let (engine, disk) = (self.engine.clone(), self.disk.clone());
        spawn_blocking(move || {
            engine.disk.write(|behind| {
                let changes = changes.filter(|_| !behind);
                keep(&mut disk.lock(), &engine.live, revision, changes);
            });
        })
        .await?;
        Ok(())
    }

    fn applied(&mut self, revision: i64, problem: Option<String>) {
        let node = &self.engine.node;
        if let Some(problem) = &problem {
            tracing::error!(revision, %problem, "the configuration holds what cannot be served; of that the form before stays");
        } else {
            tracing::debug!(revision, "the configuration is live");
        }
        self.revision = Some(revision);
        node.revision.store(revision, Ordering::Release);
        *node.snapshot_problem.lock() = problem;
        node.set_ready();
    }
}

/// Writes what is live to the disk. A disk that fails costs a warm start, not the service.
fn keep(disk: &mut Disk, live: &Live, revision: i64, changes: Option<Vec<Change>>) {
    let written = match changes {
        Some(changes) if !disk.wants_base() => disk.append(revision, changes),
        _ => disk.write_base(revision, &live.entities()),
    };
    if let Err(error) = written {
        tracing::error!(%error, "the configuration could not be written to the disk");
    }
}

/// Resolves when the process itself wrote a new revision.
async fn told(notice: &mut Option<watch::Receiver<i64>>) {
    if let Some(receiver) = notice
        && receiver.changed().await.is_ok()
    {
        return;
    }
    // nobody tells, or whoever told is gone
    *notice = None;
    std::future::pending().await
}

async fn patiently<T, F>(work: F) -> Result<T, FeedError>
where
    F: Future<Output = Result<T, store::Error>>,
{
    match timeout(PATIENCE, work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(FeedError::TimedOut),
    }
}

//! Writing the journal to SQL: in order, each entry once, and quotas told what the store now holds.

use std::path::Path;
use std::sync::Arc;

use domain::id::{GatewayNodeId, WorkspaceId};
use domain::{Clock, Timestamp};
use futures_util::TryStreamExt as _;
use gateway_policies::quotas::{Charge, Quotas};
use parking_lot::Mutex;
use std::time::{Duration, Instant};
use store::usage::Flush;
use store::{Db, quotas, usage};

use super::batch::Batch;
use super::journal::{Leftover, leftovers};
use super::lines;
use super::noted::Noted;
use super::recorder::Recorder;
use super::tally::WorkerUsage;
use crate::config::UsageSink;

/// Lines of the request log that one transaction takes along.
const LINES: usize = 1_000;
/// The longest period of a quota, and a day.
const LONGEST_PERIOD: Duration = Duration::from_secs(32 * 86_400);
/// After a write nothing is written for so many times its length: what comes meanwhile is merged, and writing takes a
/// twenty-fifth of the time. A write of thousands of callers is long, and so seldom; that of a few is short, and on the charts
/// within a second.
const REST: u32 = 24;
/// No rest is longer: charts and other nodes wait for what is counted.
const LONGEST_REST: Duration = Duration::from_secs(5);

/// Writes what the recorder holds, and what earlier starts left behind.
pub(crate) struct Flusher {
    pub(crate) node: GatewayNodeId,
    pub(crate) workspace: WorkspaceId,
    pub(crate) epoch: i64,
    pub(crate) clock: Clock,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) workers: Vec<Arc<WorkerUsage>>,
    pub(crate) quotas: Arc<Quotas>,
    pub(crate) leftovers: Vec<Leftover>,
    /// What the store was last asked.
    pub(crate) state: Arc<FlushState>,
    /// Whether the outcome of every attempt is known. One that failed, or that was broken off, may have been written.
    sure: bool,
    seeded: bool,
    /// Until when it rests.
    resting: Instant,
    noted: Noted,
}

/// How the flusher fares, for the status.
#[derive(Debug, Default)]
pub(crate) struct FlushState {
    last: Mutex<(Option<Timestamp>, Option<String>)>,
}

impl FlushState {
    /// When something was last written, and why the last attempt failed.
    pub(crate) fn read(&self) -> (Option<Timestamp>, Option<String>) {
        self.last.lock().clone()
    }
}

impl Flusher {
    #[expect(
        clippy::too_many_arguments,
        reason = "the one constructor, called once, of a struct of that many parts"
    )]
    pub(crate) fn new(
        node: GatewayNodeId,
        workspace: WorkspaceId,
        epoch: i64,
        clock: Clock,
        recorder: Arc<Recorder>,
        workers: Vec<Arc<WorkerUsage>>,
        quotas: Arc<Quotas>,
        leftovers: Vec<Leftover>,
    ) -> Self {
        for leftover in &leftovers {
            remember(&quotas, leftover);
        }
        Self {
            node,
            workspace,
            epoch,
            clock,
            recorder,
            workers,
            quotas,
            leftovers,
            state: Arc::default(),
            sure: true,
            seeded: false,
            resting: Instant::now(),
            noted: Noted::default(),
        }
    }

    /// Takes in what the gateway before left behind when it went, and looks anew at what the store holds.
    pub(crate) fn adopt(&mut self, data_dir: &Path) {
        match leftovers(&folder(data_dir), Some(self.epoch)) {
            Ok(found) => {
                let new = |one: &Leftover| self.leftovers.iter().all(|old| old.epoch != one.epoch);
                let found: Vec<_> = found.into_iter().filter(new).collect();
                for leftover in found {
                    remember(&self.quotas, &leftover);
                    self.leftovers.push(leftover);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "what the gateway before counted last cannot be read")
            }
        }
        self.seeded = false;
    }

    /// Writes all that waits, unless it rests from the last time.
    pub(crate) async fn flush_when_due(&mut self, db: &Db) {
        if Instant::now() >= self.resting {
            self.flush(db).await;
        }
    }

    /// Writes all that waits.
    pub(crate) async fn flush(&mut self, db: &Db) {
        let begun = Instant::now();
        let outcome = self.write(db).await;
        let mut last = self.state.last.lock();
        match outcome {
            Ok(()) => {
                self.sure = true;
                self.resting = Instant::now() + rest(begun.elapsed());
                *last = (Some(self.clock.now()), None);
            }
            Err(error) => {
                if last.1.is_none() {
                    tracing::warn!(%error, "usage waits in the journal: it could not be written to the database");
                }
                last.1 = Some(error.to_string());
            }
        }
    }

    /// Gives all that waits to a sink in place of a database. What earlier starts left behind comes first.
    pub(crate) fn print(&mut self, sink: &UsageSink) {
        for leftover in std::mem::take(&mut self.leftovers) {
            for (_, batch) in &leftover.entries {
                lines::print(sink, batch);
                for charge in &batch.charges {
                    self.quotas.flushed(counted(charge));
                }
            }
            if let Err(error) = std::fs::remove_file(&leftover.path) {
                tracing::warn!(%error, path = %leftover.path.display(), "could not remove a printed journal");
            }
        }
        for _ in 0..self.recorder.seal() {
            let Some(pending) = self.recorder.oldest() else {
                break;
            };
            lines::print(sink, &pending.batch);
            for charge in &pending.batch.charges {
                self.quotas.flushed(counted(charge));
            }
            self.recorder.flushed(pending.sequence);
        }
        // there is nowhere to keep single requests
        drop(self.take_lines());
        *self.state.last.lock() = (Some(self.clock.now()), None);
    }

    async fn write(&mut self, db: &Db) -> Result<(), store::Error> {
        let sure = std::mem::replace(&mut self.sure, false);
        while let Some(leftover) = self.leftovers.first() {
            self.replay(db, leftover).await?;
            if let Err(error) = std::fs::remove_file(&leftover.path) {
                tracing::warn!(%error, path = %leftover.path.display(), "could not remove a replayed journal");
            }
            self.leftovers.remove(0);
        }
        if !self.seeded {
            self.seed(db).await?;
            self.seeded = true;
        }
        if !sure {
            let written = last_sequence(db, self.node, self.epoch).await?;
            self.forget_written(written);
        }
        // what comes meanwhile waits for the next time: under load there would be no end
        for _ in 0..self.recorder.seal() {
            let Some(pending) = self.recorder.oldest() else {
                break;
            };
            self.put(db, self.epoch, pending.sequence, &pending.batch)
                .await?;
            self.recorder.flushed(pending.sequence);
        }
        self.lines(db).await
    }

    /// An attempt whose outcome is unknown may have been written after all.
    fn forget_written(&self, written: i64) {
        while let Some(pending) = self.recorder.oldest() {
            if pending.sequence > written {
                return;
            }
            for charge in &pending.batch.charges {
                self.quotas.flushed(counted(charge));
            }
            self.recorder.flushed(pending.sequence);
        }
    }

    async fn replay(&self, db: &Db, leftover: &Leftover) -> Result<(), store::Error> {
        let written = last_sequence(db, self.node, leftover.epoch).await?;
        let (mut kept, mut dropped) = (0, 0);
        for (sequence, batch) in &leftover.entries {
            if *sequence <= written {
                dropped += 1;
                for charge in &batch.charges {
                    self.quotas.give_back(counted(charge));
                }
            } else {
                kept += 1;
                self.put(db, leftover.epoch, *sequence, batch).await?;
            }
        }
        tracing::info!(path = %leftover.path.display(), written = kept, known = dropped, "replayed a usage journal");
        Ok(())
    }

    /// One transaction. When it was there already, nothing is added a second time.
    async fn put(
        &self,
        db: &Db,
        epoch: i64,
        sequence: i64,
        batch: &Batch,
    ) -> Result<(), store::Error> {
        let requests = self.take_lines();
        let seen = self.noted.due(&batch.seen, self.clock.now());
        let flush = Flush {
            workspace_id: self.workspace,
            node_id: self.node,
            epoch,
            sequence,
            at: self.clock.now(),
            rows: (&batch.rows).into(),
            charges: (&batch.charges).into(),
            seen: (&seen).into(),
            requests: (&requests).into(),
        };
        match commit(db, &flush).await {
            Ok(true) => self.noted.add(seen),
            // it was there already, without these lines
            Ok(false) => self.put_lines_back(requests),
            Err(error) => {
                self.put_lines_back(requests);
                return Err(error);
            }
        }
        for charge in &batch.charges {
            self.quotas.flushed(counted(charge));
        }
        Ok(())
    }

    /// The rest of the request log, beyond what went along with the counts.
    async fn lines(&self, db: &Db) -> Result<(), store::Error> {
        loop {
            let lines = self.take_lines();
            if lines.is_empty() {
                return Ok(());
            }
            let written = async {
                let mut tx = db.begin().await?;
                store::request_log::insert(&mut tx, self.workspace, &lines).await?;
                tx.commit().await
            };
            if let Err(error) = written.await {
                self.put_lines_back(lines);
                return Err(error);
            }
        }
    }

    fn take_lines(&self) -> Vec<store::request_log::Request> {
        let mut lines = Vec::new();
        for worker in &self.workers {
            lines.extend(worker.take_log(LINES - lines.len()));
        }
        lines
    }

    fn put_lines_back(&self, lines: Vec<store::request_log::Request>) {
        if let Some(worker) = self.workers.first() {
            worker.put_back_log(lines);
        }
    }

    /// Reads what the store holds: so a restart forgets nothing, and nodes learn of each other's calls.
    pub(crate) async fn seed(&self, db: &Db) -> Result<(), store::Error> {
        let mut conn = db.read().await?;
        let mut counters = quotas::since(&mut conn, self.clock.now() - LONGEST_PERIOD);
        while let Some(charge) = counters.try_next().await? {
            let counted = counted(&charge);
            self.quotas
                .observe(counted.counter, counted.period_start, counted.amount);
        }
        Ok(())
    }
}

/// How long nothing is written after a write that took so long.
fn rest(took: Duration) -> Duration {
    took.saturating_mul(REST).min(LONGEST_REST)
}

/// What is in a journal was used, whether it is in SQL yet or not.
fn remember(quotas: &Quotas, leftover: &Leftover) {
    for (_, batch) in &leftover.entries {
        for charge in &batch.charges {
            quotas.replay(counted(charge));
        }
    }
}

async fn last_sequence(db: &Db, node: GatewayNodeId, epoch: i64) -> Result<i64, store::Error> {
    let mut conn = db.read().await?;
    let last = usage::last_sequence(&mut conn, node, epoch).await?;
    Ok(last.unwrap_or(0))
}

/// False when the entry was written before.
async fn commit(db: &Db, flush: &Flush<'_>) -> Result<bool, store::Error> {
    let mut tx = db.begin().await?;
    let new = usage::flush(&mut tx, flush).await?;
    tx.commit().await?;
    Ok(new)
}

fn counted(charge: &quotas::Charge) -> Charge {
    Charge {
        counter: charge.subscription_id.uuid(),
        period_start: charge.period_start,
        amount: u64::try_from(charge.used).unwrap_or(0),
    }
}

/// Where the journals of a node are.
pub(crate) fn folder(data_dir: &Path) -> std::path::PathBuf {
    data_dir.join("usage")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_takes_little_of_the_time_and_no_rest_is_long() {
        let millis = Duration::from_millis;
        assert_eq!(rest(millis(20)), millis(480));
        assert_eq!(rest(millis(3_000)), millis(5_000));
        assert_eq!(rest(Duration::MAX), millis(5_000));
    }
}

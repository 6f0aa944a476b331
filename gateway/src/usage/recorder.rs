//! The thread that collects what the workers counted and writes it to the journal.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::watch;

use super::batch::{Batch, Tally};
use super::counted::Counts;
use super::journal::Journal;
use super::tally::WorkerUsage;

/// How often counts go to the journal.
const EVERY: Duration = Duration::from_millis(100);
/// Rows that one transaction may write, so that others get the database in between: a second of work, or two. Not fewer:
/// callers beyond it make rows of their own in every part, where one would do for all that waits.
const ROWS: usize = 50_000;

/// A journal of so many bytes is not left to grow until nothing comes any more.
const LONG: u64 = 32 << 20;

/// A part of the journal that is written to SQL as a whole.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    /// The last entry in it.
    pub(crate) sequence: i64,
    pub(crate) batch: Arc<Batch>,
}

impl Pending {
    fn new(sequence: i64, mut tally: Tally) -> Self {
        Self {
            sequence,
            batch: Arc::new(tally.take()),
        }
    }
}

/// The journal and what of it waits for SQL.
#[derive(Debug)]
pub(crate) struct Recorder {
    workers: Vec<Arc<WorkerUsage>>,
    state: Mutex<State>,
    /// Counts collections: their beginnings here, their ends in `written`.
    begun: AtomicU64,
    written: watch::Sender<u64>,
    wake: Condvar,
    asked: Mutex<bool>,
    stop: AtomicBool,
}

#[derive(Debug)]
struct State {
    /// `None` after it was removed.
    journal: Option<Journal>,
    /// What may be in SQL already, or has no room for more: nothing is added to it.
    sealed: VecDeque<Pending>,
    /// What came after it, and the last entry in that.
    open: Option<(i64, Tally)>,
    /// Why the last write failed.
    problem: Option<String>,
    /// What could not be written to the journal, to be tried again.
    unwritten: Batch,
}

/// Memory that one collection leaves for the next; both are empty in between.
#[derive(Debug, Default)]
struct Room {
    spare: Counts,
    tally: Tally,
}

impl Recorder {
    pub(crate) fn new(journal: Journal, workers: Vec<Arc<WorkerUsage>>) -> Self {
        Self {
            workers,
            state: Mutex::new(State {
                journal: Some(journal),
                sealed: VecDeque::new(),
                open: None,
                problem: None,
                unwritten: Batch::default(),
            }),
            begun: AtomicU64::new(0),
            written: watch::Sender::new(0),
            wake: Condvar::new(),
            asked: Mutex::new(false),
            stop: AtomicBool::new(false),
        }
    }

    /// Starts the thread.
    pub(crate) fn spawn(self: &Arc<Self>) -> io::Result<thread::JoinHandle<()>> {
        let recorder = self.clone();
        thread::Builder::new()
            .name("gateway-journal".to_owned())
            .spawn(move || {
                let mut room = Room::default();
                while !recorder.stop.load(Ordering::Acquire) {
                    recorder.pause();
                    recorder.collect(&mut room);
                }
            })
    }

    fn pause(&self) {
        let mut asked = self.asked.lock();
        if !*asked {
            self.wake.wait_for(&mut asked, EVERY);
        }
        *asked = false;
    }

    /// Ends the thread after a last collection.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        self.ask();
    }

    fn ask(&self) {
        *self.asked.lock() = true;
        self.wake.notify_one();
    }

    /// Returns when everything counted before is in the journal: many requests wait for one write.
    pub(crate) async fn written(&self) {
        // the collection that begins next takes what was counted before now
        let wanted = self.begun.load(Ordering::SeqCst) + 1;
        self.ask();
        let mut written = self.written.subscribe();
        // ends early only when the recorder is gone
        let _ = written.wait_for(|done| *done >= wanted).await;
    }

    fn collect(&self, room: &mut Room) {
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        for worker in &self.workers {
            worker.collect(&mut room.spare, &mut room.tally);
        }
        self.record(room.tally.take());
        self.written.send_replace(number);
    }

    fn record(&self, batch: Batch) {
        let mut state = self.state.lock();
        let mut batch = batch;
        if !state.unwritten.is_empty() {
            batch.merge(std::mem::take(&mut state.unwritten));
        }
        if batch.is_empty() {
            return;
        }
        let Some(journal) = &mut state.journal else {
            return;
        };
        match journal.append(batch) {
            Ok((sequence, batch)) => {
                state.problem = None;
                state.enqueue(sequence, batch);
            }
            Err((error, batch)) => {
                if state.problem.is_none() {
                    tracing::error!(%error, "cannot write the usage journal; counts are kept in memory");
                }
                state.problem = Some(format!("cannot write the usage journal: {error}"));
                state.unwritten = batch;
            }
        }
    }

    /// How many parts are not in SQL. From here on nothing is added to them: what comes is of later parts.
    pub(crate) fn seal(&self) -> usize {
        let mut state = self.state.lock();
        state.seal();
        state.sealed.len()
    }

    /// The oldest part that is not in SQL, of those that are sealed.
    pub(crate) fn oldest(&self) -> Option<Pending> {
        self.state.lock().sealed.front().cloned()
    }

    /// Says that the journal is in SQL up to this entry.
    pub(crate) fn flushed(&self, sequence: i64) {
        let mut state = self.state.lock();
        while state
            .sealed
            .front()
            .is_some_and(|pending| pending.sequence <= sequence)
        {
            state.sealed.pop_front();
        }
        if let Err(error) = state.shorten(sequence) {
            state.problem = Some(format!("cannot shorten the usage journal: {error}"));
        }
    }

    /// Removes the journal, when all of it is in SQL.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        if state.sealed.is_empty()
            && state.open.is_none()
            && state.unwritten.is_empty()
            && let Some(journal) = state.journal.take()
            && let Err(error) = journal.remove()
        {
            tracing::warn!(%error, "could not remove the usage journal, which is empty");
        }
    }

    /// Lets the file go as it is, unlocked, as if the process had died.
    pub(crate) fn abandon(&self) {
        self.state.lock().journal = None;
    }

    /// Bytes in the journal that are not known to be in SQL.
    pub(crate) fn backlog(&self) -> u64 {
        let state = self.state.lock();
        state.journal.as_ref().map_or(0, Journal::bytes)
    }

    /// Why the journal cannot be written, if so.
    pub(crate) fn problem(&self) -> Option<String> {
        self.state.lock().problem.clone()
    }
}

impl State {
    fn enqueue(&mut self, sequence: i64, batch: Batch) {
        if self
            .open
            .as_ref()
            .is_some_and(|(_, tally)| tally.rows() >= ROWS)
        {
            self.seal();
        }
        let (last, tally) = self.open.get_or_insert_default();
        *last = sequence;
        tally.add(batch);
    }

    /// Everything up to this entry is in SQL: the journal need not keep it.
    fn shorten(&mut self, sequence: i64) -> io::Result<()> {
        let Some(journal) = &mut self.journal else {
            return Ok(());
        };
        if journal.flushed(sequence)? || journal.bytes() < LONG {
            return Ok(());
        }
        // it never rests: what came while this part was written makes a new file
        if let Some((sequence, tally)) = self.open.take() {
            self.sealed.push_back(Pending::new(sequence, tally));
        }
        let rest = self.sealed.iter().map(|part| (part.sequence, &*part.batch));
        journal.keep_only(rest)
    }

    fn seal(&mut self) {
        if let Some((sequence, tally)) = self.open.take() {
            self.sealed.push_back(Pending::new(sequence, tally));
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use domain::id::CredentialId;
    use store::usage::{Key, Row, Sums};

    use super::*;
    use crate::config::Durability;
    use crate::usage::leftovers;

    fn batch(code: String) -> Batch {
        let key = Key {
            api_version_id: domain::Id::NIL,
            operation_id: domain::Id::NIL,
            subscription_id: domain::Id::NIL,
            application_id: domain::Id::NIL,
            status: 200,
            code,
        };
        let row = Row {
            minute: 1,
            key,
            sums: Sums::default(),
        };
        Batch {
            rows: vec![row],
            seen: vec![(CredentialId::NIL, Timestamp::from_seconds(1))],
            ..Batch::default()
        }
    }

    #[test]
    fn what_comes_while_a_part_is_written_waits_for_the_next_time() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path(), 7, Durability::Relaxed).unwrap();
        let recorder = Recorder::new(journal, Vec::new());
        recorder.record(batch("early".to_owned()));
        assert_eq!(recorder.seal(), 1);
        recorder.record(batch("late".to_owned()));
        assert_eq!(recorder.oldest().unwrap().batch.rows.len(), 1);
        recorder.flushed(1);
        assert!(recorder.oldest().is_none());
        assert_eq!(recorder.seal(), 1);
        assert_eq!(recorder.oldest().unwrap().sequence, 2);
        recorder.flushed(2);
        assert_eq!(recorder.backlog(), 0);
    }

    #[test]
    fn what_tens_of_thousands_do_again_and_again_is_one_part() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path(), 7, Durability::Relaxed).unwrap();
        let recorder = Recorder::new(journal, Vec::new());
        let callers = 20_000;
        for _ in 0..3 {
            let rows = (0..callers).flat_map(|n| batch(n.to_string()).rows);
            recorder.record(Batch {
                rows: rows.collect(),
                ..Batch::default()
            });
        }
        assert_eq!(recorder.seal(), 1);
        assert_eq!(recorder.oldest().unwrap().batch.rows.len(), callers);
    }

    #[test]
    fn a_part_has_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path(), 7, Durability::Relaxed).unwrap();
        let recorder = Recorder::new(journal, Vec::new());
        for n in 0..4 {
            let codes = n * ROWS / 2..(n + 1) * ROWS / 2;
            let rows = codes.flat_map(|n| batch(n.to_string()).rows);
            recorder.record(Batch {
                rows: rows.collect(),
                ..Batch::default()
            });
        }
        assert_eq!(recorder.seal(), 2);
    }

    #[test]
    fn the_journal_shrinks_although_something_always_comes() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path(), 7, Durability::Relaxed).unwrap();
        let recorder = Recorder::new(journal, Vec::new());
        let long = usize::try_from(LONG).unwrap();
        recorder.record(batch("x".repeat(long)));
        assert_eq!(recorder.seal(), 1);
        // while the first part is written
        recorder.record(batch("late".to_owned()));
        recorder.record(batch("later".to_owned()));
        let first = recorder.oldest().unwrap();
        assert_eq!(first.sequence, 1);
        recorder.flushed(1);
        assert!(recorder.backlog() < 1_000, "{}", recorder.backlog());
        let rest = recorder.oldest().unwrap();
        assert_eq!((rest.sequence, rest.batch.rows.len()), (3, 2));

        recorder.abandon();
        let found = leftovers(folder.path(), None).unwrap();
        let entries: Vec<_> = found[0]
            .entries
            .iter()
            .map(|(n, b)| (*n, b.rows.len()))
            .collect();
        assert_eq!(entries, [(3, 2)]);
    }
}

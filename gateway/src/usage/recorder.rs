//! The thread that collects what the workers counted and writes it to the journal.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::watch;

use super::journal::{Batch, Journal};
use super::tally::WorkerUsage;

/// How often counts go to the journal.
const EVERY: Duration = Duration::from_millis(100);
/// Rows that one transaction may write.
const ROWS: usize = 2_000;

/// A part of the journal that is written to SQL as a whole.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    /// The last entry in it.
    pub(crate) sequence: i64,
    pub(crate) batch: Batch,
    /// Whether it may be in SQL already: then nothing may be added to it.
    sealed: bool,
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
    pending: VecDeque<Pending>,
    /// Why the last write failed.
    problem: Option<String>,
    /// What could not be written to the journal, to be tried again.
    unwritten: Batch,
}

impl Recorder {
    pub(crate) fn new(journal: Journal, workers: Vec<Arc<WorkerUsage>>) -> Self {
        Self {
            workers,
            state: Mutex::new(State {
                journal: Some(journal),
                pending: VecDeque::new(),
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
                while !recorder.stop.load(Ordering::Acquire) {
                    recorder.pause();
                    recorder.collect();
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

    fn collect(&self) {
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let mut batch = Batch::default();
        for worker in &self.workers {
            let counted = worker.take();
            if batch.is_empty() {
                batch = counted;
            } else if !counted.is_empty() {
                batch.merge(counted);
            }
        }
        self.record(batch);
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

    /// The oldest part that is not in SQL. From here on nothing is added to it.
    pub(crate) fn oldest(&self) -> Option<Pending> {
        let mut state = self.state.lock();
        let oldest = state.pending.front_mut()?;
        oldest.sealed = true;
        Some(oldest.clone())
    }

    /// Says that the journal is in SQL up to this entry.
    pub(crate) fn flushed(&self, sequence: i64) {
        let mut state = self.state.lock();
        while state
            .pending
            .front()
            .is_some_and(|pending| pending.sequence <= sequence)
        {
            state.pending.pop_front();
        }
        if let Some(journal) = &mut state.journal
            && let Err(error) = journal.flushed(sequence)
        {
            state.problem = Some(format!("cannot empty the usage journal: {error}"));
        }
    }

    /// Removes the journal, when all of it is in SQL.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        if state.pending.is_empty()
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
        match self.pending.back_mut() {
            Some(last) if !last.sealed && last.batch.rows.len() + batch.rows.len() <= ROWS => {
                last.batch.merge(batch);
                last.sequence = sequence;
            }
            _ => self.pending.push_back(Pending {
                sequence,
                batch,
                sealed: false,
            }),
        }
    }
}

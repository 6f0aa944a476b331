//! What one worker has counted since it was last asked.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};

use domain::id::{ApiVersionId, ApplicationId, CredentialId, OperationId, SubscriptionId};
use domain::refusal::Refusal;
use domain::{Clock, Timestamp};
use foldhash::quality::RandomState;
use parking_lot::Mutex;
use store::quotas::Charge;
use store::request_log::Request;
use store::usage::{Key, Row, Sums};

use super::journal::Batch;

/// What ended before it was a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It could not be read, and was answered with 400 or 405.
    Unreadable,
    /// Its headers did not arrive in time.
    TooSlow,
}

/// The counts of one worker. Its lock is held for a few instructions by the worker, and every 100 ms by the collector.
#[derive(Debug)]
pub(crate) struct WorkerUsage {
    clock: Clock,
    tally: Mutex<Tally>,
    log: Mutex<VecDeque<Request>>,
    log_capacity: usize,
    requests: AtomicU64,
    log_dropped: AtomicU64,
    panics: AtomicU64,
    handshakes_failed: AtomicU64,
    turned_away: AtomicU64,
    direct: AtomicU64,
}

#[derive(Debug, Default)]
struct Tally {
    rows: HashMap<(i64, Key), Sums, RandomState>,
    charges: HashMap<(SubscriptionId, Timestamp), i64, RandomState>,
    seen: HashMap<CredentialId, Timestamp, RandomState>,
}

impl WorkerUsage {
    pub(crate) fn new(clock: Clock, log_capacity: usize) -> Self {
        Self {
            clock,
            tally: Mutex::default(),
            log: Mutex::default(),
            log_capacity,
            requests: AtomicU64::new(0),
            log_dropped: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            handshakes_failed: AtomicU64::new(0),
            turned_away: AtomicU64::new(0),
            direct: AtomicU64::new(0),
        }
    }

    /// Adds to the counts of a minute.
    pub(crate) fn add(&self, minute: i64, key: Key, sums: &Sums) {
        if let Ok(requests) = u64::try_from(sums.requests) {
            self.requests.fetch_add(requests, Ordering::Relaxed);
        }
        let mut tally = self.tally.lock();
        tally.rows.entry((minute, key)).or_default().add(sums);
    }

    /// Charges calls to a quota; a negative number gives them back.
    pub(crate) fn charge(&self, subscription: SubscriptionId, period_start: Timestamp, calls: i64) {
        let mut tally = self.tally.lock();
        *tally
            .charges
            .entry((subscription, period_start))
            .or_default() += calls;
    }

    /// Notes that a credential was used.
    pub(crate) fn seen(&self, credential: CredentialId, at: Timestamp) {
        self.tally.lock().seen.insert(credential, at);
    }

    /// Keeps a line of the request log, unless too many wait already.
    pub(crate) fn log(&self, request: Request) {
        let mut log = self.log.lock();
        if log.len() < self.log_capacity {
            log.push_back(request);
        } else {
            self.log_dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts what never became a request.
    pub(crate) fn refused(&self, what: Refused) {
        let refusal = match what {
            Refused::Unreadable => Refusal::BadRequest,
            Refused::TooSlow => Refusal::RequestTimeout,
        };
        let sums = Sums {
            requests: 1,
            ..Sums::default()
        };
        self.add(self.clock.now().minute(), nameless(refusal), &sums);
    }

    /// Counts a request whose handler panicked.
    pub(crate) fn panicked(&self) {
        self.panics.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a request that was answered by the direct exchange.
    pub(crate) fn direct(&self) {
        self.direct.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a TLS handshake that came to nothing.
    pub(crate) fn handshake_failed(&self) {
        self.handshakes_failed.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a connection that was closed because its address has too many.
    pub(crate) fn turned_away(&self) {
        self.turned_away.fetch_add(1, Ordering::Relaxed);
    }

    /// TLS handshakes that came to nothing.
    pub(crate) fn handshakes_failed(&self) -> u64 {
        self.handshakes_failed.load(Ordering::Relaxed)
    }

    /// Connections closed because their address had too many.
    pub(crate) fn connections_turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }

    /// Requests since the start.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Lines of the request log that found no room.
    pub(crate) fn log_dropped(&self) -> u64 {
        self.log_dropped.load(Ordering::Relaxed)
    }

    /// Requests that the direct exchange answered.
    pub(crate) fn direct_exchanges(&self) -> u64 {
        self.direct.load(Ordering::Relaxed)
    }

    /// Requests that panicked.
    pub(crate) fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }

    /// Takes what was counted and leaves nothing.
    pub(crate) fn take(&self) -> Batch {
        let taken = std::mem::take(&mut *self.tally.lock());
        Batch {
            rows: taken
                .rows
                .into_iter()
                .map(|((minute, key), sums)| Row { minute, key, sums })
                .collect(),
            charges: taken
                .charges
                .into_iter()
                .map(|((subscription_id, period_start), used)| Charge {
                    subscription_id,
                    period_start,
                    used,
                })
                .collect(),
            seen: taken.seen.into_iter().collect(),
        }
    }

    /// Takes at most so many lines of the request log, the oldest first.
    pub(crate) fn take_log(&self, most: usize) -> Vec<Request> {
        let mut log = self.log.lock();
        let count = most.min(log.len());
        log.drain(..count).collect()
    }

    /// Puts lines back that could not be written; those without room are dropped and counted.
    pub(crate) fn put_back_log(&self, lines: Vec<Request>) {
        let mut log = self.log.lock();
        for line in lines.into_iter().rev() {
            if log.len() < self.log_capacity {
                log.push_front(line);
            } else {
                self.log_dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// The key of a request that nothing is known about but its end.
fn nameless(refusal: Refusal) -> Key {
    Key {
        api_version_id: ApiVersionId::NIL,
        operation_id: OperationId::NIL,
        subscription_id: SubscriptionId::NIL,
        application_id: ApplicationId::NIL,
        status: i64::from(refusal.status()),
        code: refusal.as_str().to_owned(),
    }
}

//! What one worker has counted since it was last asked.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::id::{ApiVersionId, ApplicationId, CredentialId, OperationId, SubscriptionId};
use domain::refusal::Refusal;
use domain::{Clock, Timestamp};
use parking_lot::Mutex;
use store::request_log::Request;
use store::usage::{Key, Sums};

use super::batch::{Batch, Tally};
use super::log::{Log, Room};

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
    log: Log,
    requests: AtomicU64,
    panics: AtomicU64,
    handshakes_failed: AtomicU64,
    turned_away: AtomicU64,
    direct: AtomicU64,
}

impl WorkerUsage {
    pub(crate) fn new(clock: Clock, room: Room) -> Self {
        Self {
            clock,
            tally: Mutex::default(),
            log: Log::new(room),
            requests: AtomicU64::new(0),
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
        self.tally.lock().count(minute, key, sums);
    }

    /// Charges calls to a quota; a negative number gives them back.
    pub(crate) fn charge(&self, subscription: SubscriptionId, period_start: Timestamp, calls: i64) {
        self.tally.lock().charge(subscription, period_start, calls);
    }

    /// Notes that a credential was used.
    pub(crate) fn seen(&self, credential: CredentialId, at: Timestamp) {
        self.tally.lock().seen(credential, at);
    }

    /// Whether the request log takes a line of a request that ends now.
    pub(crate) fn log_takes(&self, now: Timestamp, failed: bool) -> bool {
        self.log.takes(now, failed)
    }

    /// Keeps the line of a request that the log takes.
    pub(crate) fn log(&self, line: Request) {
        self.log.push(line);
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

    /// Requests without a line in the request log.
    pub(crate) fn log_left_out(&self) -> u64 {
        self.log.left_out()
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
        let mut tally = self.tally.lock();
        let next = tally.next();
        let taken = std::mem::replace(&mut *tally, next);
        drop(tally);
        taken.into_batch()
    }

    /// Takes at most so many lines of the request log, the oldest first.
    pub(crate) fn take_log(&self, most: usize) -> Vec<Request> {
        self.log.take(most)
    }

    /// Puts lines back that could not be written.
    pub(crate) fn put_back_log(&self, lines: Vec<Request>) {
        self.log.put_back(lines);
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

//! What one worker has counted since it was last asked.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::id::CredentialId;
use domain::refusal::Refusal;
use domain::{Clock, Timestamp};
use parking_lot::Mutex;
use store::quotas::Charge;
use store::request_log::Request;

use super::batch::Tally;
use super::counted::{Counted, Counts};
use super::log::{Log, Room};

/// Entries that a worker keeps one by one. When more come before they are collected, it sums them up itself.
const LONG: usize = 65_536;

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
    held: Mutex<Held>,
    log: Log,
    requests: AtomicU64,
    panics: AtomicU64,
    handshakes_failed: AtomicU64,
    turned_away: AtomicU64,
    direct: AtomicU64,
}

/// What is not collected yet.
#[derive(Debug, Default)]
struct Held {
    counts: Counts,
    /// The earlier of it, where there was much.
    sums: Option<Tally>,
}

impl Held {
    fn sum_up(&mut self) {
        let sums = self.sums.get_or_insert_default();
        self.counts.drain_into(sums);
    }
}

impl WorkerUsage {
    pub(crate) fn new(clock: Clock, room: Room) -> Self {
        Self {
            clock,
            held: Mutex::default(),
            log: Log::new(room),
            requests: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            handshakes_failed: AtomicU64::new(0),
            turned_away: AtomicU64::new(0),
            direct: AtomicU64::new(0),
        }
    }

    /// Counts a request, or what passed of one since it was counted.
    pub(crate) fn count(&self, counted: Counted) {
        if counted.first {
            self.requests.fetch_add(1, Ordering::Relaxed);
        }
        self.hold(|counts| counts.request(counted));
    }

    /// Charges calls to a quota; a negative number gives them back.
    pub(crate) fn charge(&self, charge: Charge) {
        self.hold(|counts| counts.charge(charge));
    }

    /// Notes that a credential was used.
    pub(crate) fn seen(&self, credential: CredentialId, at: Timestamp) {
        self.hold(|counts| counts.seen(credential, at));
    }

    fn hold(&self, add: impl FnOnce(&mut Counts)) {
        let mut held = self.held.lock();
        add(&mut held.counts);
        if held.counts.len() >= LONG {
            held.sum_up();
        }
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
        let minute = self.clock.now().minute();
        self.count(Counted::nameless(
            minute,
            refusal.status(),
            refusal.as_str(),
        ));
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

    /// Adds what was counted to sums, and leaves nothing. `spare`, which is empty, is what the worker goes on with; what it
    /// had becomes the next spare one.
    pub(super) fn collect(&self, spare: &mut Counts, into: &mut Tally) {
        let mut held = self.held.lock();
        std::mem::swap(&mut held.counts, spare);
        let sums = held.sums.take();
        drop(held);
        if let Some(mut sums) = sums {
            into.add(sums.take());
        }
        spare.drain_into(into);
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

#[cfg(test)]
mod tests {
    use domain::Id;
    use domain::id::{ApplicationId, SubscriptionId};
    use uuid::Uuid;

    use super::*;
    use crate::usage::Took;

    fn worker() -> WorkerUsage {
        let room = Room {
            waiting: 0,
            gap: None,
        };
        WorkerUsage::new(Clock::manual(Timestamp::from_seconds(60)), room)
    }

    /// A request of one of ten callers: five bytes out in seven microseconds.
    fn counted(n: usize) -> Counted {
        Counted {
            application: caller(n),
            bytes_out: 5,
            took: Some(Took {
                all: 7,
                upstream: 3,
            }),
            ..Counted::nameless(1, 200, "")
        }
    }

    fn caller(n: usize) -> ApplicationId {
        Id::new(Uuid::from_u128(n as u128 % 10))
    }

    #[test]
    fn sums_are_the_same_however_much_waits() {
        for requests in [10, LONG - 1, LONG, 3 * LONG + 10] {
            let usage = worker();
            for n in 0..requests {
                usage.count(counted(n));
                assert!(usage.held.lock().counts.len() < LONG);
            }
            let mut tally = Tally::default();
            let mut spare = Counts::default();
            usage.collect(&mut spare, &mut tally);
            assert_eq!(spare.len(), 0);
            let batch = tally.take();
            assert_eq!(batch.rows.len(), 10);
            for row in &batch.rows {
                let place = (0..10).find(|n| caller(*n) == row.key.application_id);
                let place = place.unwrap();
                let own = (0..requests).filter(|n| n % 10 == place).count() as i64;
                let sums = &row.sums;
                assert_eq!((sums.requests, sums.bytes_out), (own, 5 * own));
                assert_eq!((sums.duration_us, sums.upstream_us), (7 * own, 3 * own));
                assert_eq!(sums.buckets.iter().sum::<i64>(), own);
            }
            usage.collect(&mut spare, &mut tally);
            assert!(tally.take().is_empty(), "nothing is counted twice");
        }
    }

    #[test]
    fn parts_charges_and_sightings_are_summed_up() {
        let usage = worker();
        usage.count(Counted {
            bytes_out: 1,
            ..Counted::nameless(1, 200, "")
        });
        usage.count(Counted {
            first: false,
            bytes_out: 2,
            ..Counted::nameless(1, 200, "")
        });
        let (start, credential) = (Timestamp::from_seconds(60), CredentialId::NIL);
        for used in [3, -1] {
            usage.charge(Charge {
                subscription_id: SubscriptionId::NIL,
                period_start: start,
                used,
            });
        }
        for second in [9, 8] {
            usage.seen(credential, Timestamp::from_seconds(second));
        }
        let mut tally = Tally::default();
        usage.collect(&mut Counts::default(), &mut tally);
        let batch = tally.take();
        let [row] = &batch.rows[..] else {
            panic!("one key, {} rows", batch.rows.len());
        };
        assert_eq!((row.sums.requests, row.sums.bytes_out), (1, 3));
        assert_eq!(row.sums.buckets.iter().sum::<i64>(), 0, "it has not ended");
        assert_eq!(batch.charges.len(), 1);
        assert_eq!(batch.charges[0].used, 2);
        assert_eq!(batch.seen, [(credential, Timestamp::from_seconds(9))]);
        assert_eq!(usage.requests(), 1);
    }
}

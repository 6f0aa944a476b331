//! How one target does: requests in flight, how fast it answers, whether it is healthy, where it is.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};

use domain::id::TargetId;
use gateway_snapshot::health::{ActiveCheck, PassiveCheck};
use gateway_snapshot::upstream::CompiledTarget;
use pingora::upstreams::peer::Tracing;

use super::names::{Lookup, Names};
use super::window::Window;

/// How fast an old measure of latency loses its weight, in milliseconds.
const FADE_MS: f64 = 10_000.0;

/// What active checks found.
const UNASKED: u8 = 0;
const GOOD: u8 = 1;
const BAD: u8 = 2;

/// One target, from configuration to configuration.
#[derive(Debug)]
pub(crate) struct TargetState {
    pub(super) id: TargetId,
    pub(super) url: String,
    tls: bool,
    pub(super) names: Arc<Names>,
    pub(super) in_flight: AtomicU32,
    connections: Arc<AtomicU32>,
    /// Moving average of the time to the head of an answer, in microseconds; 0 while nothing was measured.
    latency_us: AtomicU64,
    measured_at: AtomicU64,
    checked: AtomicU8,
    /// Answers to active checks in a row that say something else than `checked`.
    against: AtomicU32,
    failures_in_a_row: AtomicU32,
    window: Window,
    ejected_until: AtomicU64,
    ejections: AtomicU32,
    pub(super) requests_total: AtomicU64,
    pub(super) failures_total: AtomicU64,
}

/// Whether a target takes requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    Healthy,
    /// Active checks say no.
    Unhealthy,
    /// The traffic said no.
    Ejected,
}

impl TargetState {
    pub(super) fn new(target: &CompiledTarget) -> Self {
        Self {
            id: target.id,
            url: target.url(),
            tls: target.tls,
            names: Arc::new(Names::new(target)),
            in_flight: AtomicU32::new(0),
            connections: Arc::default(),
            latency_us: AtomicU64::new(0),
            measured_at: AtomicU64::new(0),
            checked: AtomicU8::new(UNASKED),
            against: AtomicU32::new(0),
            failures_in_a_row: AtomicU32::new(0),
            window: Window::default(),
            ejected_until: AtomicU64::new(0),
            ejections: AtomicU32::new(0),
            requests_total: AtomicU64::new(0),
            failures_total: AtomicU64::new(0),
        }
    }

    /// Whether what is known still is of this target.
    pub(super) fn is_of(&self, target: &CompiledTarget) -> bool {
        self.id == target.id && self.tls == target.tls && self.names.are_of(target)
    }

    pub(super) fn condition(&self, now: u64) -> Condition {
        if self.checked.load(Ordering::Relaxed) == BAD {
            Condition::Unhealthy
        } else if self.ejected_until.load(Ordering::Relaxed) > now {
            Condition::Ejected
        } else {
            Condition::Healthy
        }
    }

    pub(super) fn is_usable(&self, now: u64) -> bool {
        self.condition(now) == Condition::Healthy
    }

    /// What an active check found.
    pub(super) fn checked(&self, check: &ActiveCheck, is_good: bool) {
        let (found, wanted) = if is_good {
            (GOOD, check.healthy_after)
        } else {
            (BAD, check.unhealthy_after)
        };
        let before = self.checked.load(Ordering::Relaxed);
        if before == found {
            self.against.store(0, Ordering::Relaxed);
            return;
        }
        let in_a_row = self.against.fetch_add(1, Ordering::Relaxed) + 1;
        // one good answer is enough for a target of which nothing is known: it is used already
        if in_a_row >= u32::from(wanted) || before == UNASKED && is_good {
            self.checked.store(found, Ordering::Relaxed);
            self.against.store(0, Ordering::Relaxed);
            tracing::info!(target = %self.id, healthy = is_good, "a health check changed its mind");
            if is_good {
                // what asks says more than what was seen before
                self.readmit();
            }
        }
    }

    /// No active check asks any more.
    pub(super) fn unasked(&self) {
        self.checked.store(UNASKED, Ordering::Relaxed);
        self.against.store(0, Ordering::Relaxed);
    }

    /// What became of a request. Ejects the target when it fails too often.
    pub(super) fn outcome(&self, now: u64, check: &PassiveCheck, failed: bool) {
        self.requests_total.fetch_add(1, Ordering::Relaxed);
        if !failed {
            if self.failures_in_a_row.load(Ordering::Relaxed) != 0 {
                self.failures_in_a_row.store(0, Ordering::Relaxed);
            }
            if check.error_percent > 0 {
                self.window.add(now, check.window_ms, false);
            }
            return;
        }
        self.failures_total.fetch_add(1, Ordering::Relaxed);
        let in_a_row = self.failures_in_a_row.fetch_add(1, Ordering::Relaxed) + 1;
        let counts = self.window.add(now, check.window_ms, true);
        let is_too_much = check.consecutive_failures > 0 && in_a_row >= check.consecutive_failures
            || counts.reach(check.error_percent, check.minimum_requests);
        if is_too_much && self.ejected_until.load(Ordering::Relaxed) <= now {
            self.eject(now, check);
        }
    }

    fn eject(&self, now: u64, check: &PassiveCheck) {
        let before = self.ejected_until.load(Ordering::Relaxed);
        let most = u64::from(check.eject_most_ms);
        if before > 0 && now.saturating_sub(before) > most {
            // it has been good for long: this is a new story
            self.ejections.store(0, Ordering::Relaxed);
        }
        let times = self.ejections.fetch_add(1, Ordering::Relaxed).min(20);
        let pause = (u64::from(check.eject_ms) << times).min(most);
        self.ejected_until.store(now + pause, Ordering::Relaxed);
        self.window.clear();
        tracing::warn!(target = %self.id, pause_ms = pause, "a target fails and gets no requests for a while");
    }

    fn readmit(&self) {
        self.ejected_until.store(0, Ordering::Relaxed);
        self.ejections.store(0, Ordering::Relaxed);
        self.failures_in_a_row.store(0, Ordering::Relaxed);
        self.window.clear();
    }

    /// For how many more milliseconds it is ejected.
    pub(super) fn ejected_for(&self, now: u64) -> u64 {
        let until = self.ejected_until.load(Ordering::Relaxed);
        until.saturating_sub(now)
    }

    /// The head of an answer took so long.
    pub(super) fn measured(&self, now: u64, took_us: u64) {
        let before = self.latency_us.load(Ordering::Relaxed);
        let at = self.measured_at.swap(now, Ordering::Relaxed);
        let next = if before == 0 {
            took_us
        } else {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a mean of microseconds needs no more places than a float has, and is not negative"
            )]
            let mixed = {
                let weight = 1.0 - (-(now.saturating_sub(at) as f64 + 100.0) / FADE_MS).exp();
                (before as f64 + (took_us as f64 - before as f64) * weight) as u64
            };
            mixed
        };
        self.latency_us.store(next.max(1), Ordering::Relaxed);
    }

    pub(super) fn latency_us(&self) -> u64 {
        self.latency_us.load(Ordering::Relaxed)
    }

    /// The address to try at the n-th time, with its place; `None` when its name has none. The first one was tried at `first`.
    pub(crate) async fn address(
        &self,
        lookup: Lookup<'_>,
        time: usize,
        first: usize,
    ) -> Option<(usize, SocketAddr)> {
        self.names.nth(lookup, time, first).await
    }

    /// How many addresses its name has.
    pub(crate) fn addresses(&self) -> usize {
        self.names.count()
    }

    pub(super) fn connections(&self) -> u32 {
        self.connections.load(Ordering::Relaxed)
    }

    /// Counts a connection until it is dropped.
    pub(crate) fn opened(&self) -> Opened {
        self.connections.fetch_add(1, Ordering::Relaxed);
        Opened(self.connections.clone())
    }

    /// Counts the connections that are opened for it.
    pub(super) fn tracer(&self) -> Box<dyn Tracing> {
        Box::new(Counter(self.connections.clone()))
    }
}

/// An open connection.
#[derive(Debug)]
pub(crate) struct Opened(Arc<AtomicU32>);

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts connections as they come and go.
#[derive(Debug)]
struct Counter(Arc<AtomicU32>);

impl Tracing for Counter {
    fn on_connected(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn on_disconnected(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    fn boxed_clone(&self) -> Box<dyn Tracing> {
        Box::new(Self(self.0.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Id;
    use gateway_snapshot::health::Probe;

    fn target() -> TargetState {
        TargetState::new(&CompiledTarget {
            id: Id::NIL,
            tls: false,
            host: "127.0.0.1".to_owned(),
            port: 1,
            service: None,
            authority: "127.0.0.1:1".to_owned(),
            sent_host: None,
            base_path: String::new(),
            weight: 1,
        })
    }

    fn passive() -> PassiveCheck {
        PassiveCheck {
            consecutive_failures: 3,
            eject_ms: 100,
            eject_most_ms: 300,
            ..PassiveCheck::default()
        }
    }

    #[test]
    fn failures_in_a_row_eject_for_longer_each_time() {
        let (target, check) = (target(), passive());
        for failed in [true, true, false, true, true] {
            target.outcome(1, &check, failed);
        }
        assert!(target.is_usable(1));
        target.outcome(1, &check, true);
        assert_eq!(target.condition(100), Condition::Ejected);
        assert!(target.is_usable(101));
        // back, and wrong at once: twice as long, then as long as it may be
        target.outcome(101, &check, true);
        assert_eq!(target.ejected_for(101), 200);
        target.outcome(301, &check, true);
        assert_eq!(target.ejected_for(301), 300);
        // good for long: a new story
        target.outcome(1_000, &check, true);
        assert_eq!(target.ejected_for(1_000), 100);
    }

    #[test]
    fn a_share_of_failures_ejects() {
        let target = target();
        let check = PassiveCheck {
            consecutive_failures: 0,
            error_percent: 50,
            minimum_requests: 4,
            ..passive()
        };
        for failed in [true, false, false, true] {
            assert!(target.is_usable(5));
            target.outcome(5, &check, failed);
        }
        assert!(!target.is_usable(5));
    }

    #[test]
    fn active_checks_want_some_in_a_row() {
        let target = target();
        let check = ActiveCheck {
            probe: Probe::Tcp,
            interval_ms: 1_000,
            timeout_ms: 100,
            healthy_after: 2,
            unhealthy_after: 2,
        };
        for (is_good, usable) in [
            (true, true),
            (false, true),
            (true, true),
            (false, true),
            (false, false),
            (true, false),
            (true, true),
        ] {
            target.checked(&check, is_good);
            assert_eq!(target.is_usable(1), usable);
        }
    }

    #[test]
    fn latency_follows_what_is_measured() {
        let target = target();
        target.measured(1, 1_000);
        assert_eq!(target.latency_us(), 1_000);
        for turn in 2..2_000 {
            target.measured(turn * 100, 9_000);
        }
        assert!((8_900..=9_000).contains(&target.latency_us()));
    }
}

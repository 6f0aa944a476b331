//! The circuit breaker of an upstream: after too many failures nothing is sent; then a few requests try.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use gateway_snapshot::limits::Breaker as Settings;

use super::window::Window;

/// Closed, open until a moment, or half open.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    window: Window,
    /// 0 while it is closed.
    open_until: AtomicU64,
    /// Of the half-open state: how many may try, and how many went well.
    tried: AtomicU32,
    good: AtomicU32,
}

/// Whether a request is let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Pass,
    /// As one that tries whether the upstream is back.
    Probe,
    /// For so many milliseconds nothing is sent.
    Refused(u64),
}

/// What the status says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Closed,
    Open,
    HalfOpen,
}

impl Breaker {
    pub(super) fn admit(&self, now: u64, settings: &Settings) -> Verdict {
        match self.phase(now) {
            Phase::Closed => Verdict::Pass,
            Phase::Open => {
                Verdict::Refused(self.open_until.load(Ordering::Acquire).saturating_sub(now))
            }
            Phase::HalfOpen => {
                let more = |tried: u32| (tried < settings.probes).then_some(tried + 1);
                match self
                    .tried
                    .fetch_update(Ordering::AcqRel, Ordering::Acquire, more)
                {
                    Ok(_) => Verdict::Probe,
                    Err(_) => Verdict::Refused(u64::from(settings.open_ms).min(1_000)),
                }
            }
        }
    }

    /// What became of a request that was let through.
    pub(super) fn outcome(&self, now: u64, settings: &Settings, is_probe: bool, failed: bool) {
        if is_probe {
            if failed {
                self.open(now, settings);
            } else if self.good.fetch_add(1, Ordering::AcqRel) + 1 >= settings.probes {
                self.close();
            }
        } else if self.phase(now) == Phase::Closed {
            let counts = self.window.add(now, settings.window_ms, failed);
            if failed && counts.reach(settings.error_percent, settings.minimum_requests) {
                self.open(now, settings);
            }
        }
    }

    /// A request that was to try ended without saying anything of the upstream.
    pub(super) fn take_back(&self) {
        let less = |tried: u32| tried.checked_sub(1);
        // 0 when the breaker has moved on meanwhile
        let _ = self
            .tried
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
    }

    pub(super) fn phase(&self, now: u64) -> Phase {
        match self.open_until.load(Ordering::Acquire) {
            0 => Phase::Closed,
            until if now < until => Phase::Open,
            _ => Phase::HalfOpen,
        }
    }

    fn open(&self, now: u64, settings: &Settings) {
        self.window.clear();
        self.tried.store(0, Ordering::Release);
        self.good.store(0, Ordering::Release);
        self.open_until
            .store(now + u64::from(settings.open_ms), Ordering::Release);
    }

    pub(super) fn close(&self) {
        self.window.clear();
        self.open_until.store(0, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            error_percent: 50,
            minimum_requests: 4,
            window_ms: 1_000,
            open_ms: 100,
            probes: 2,
        }
    }

    fn opened() -> Breaker {
        let (breaker, settings) = (Breaker::default(), settings());
        for failed in [false, true, false, true] {
            assert_eq!(breaker.admit(1, &settings), Verdict::Pass);
            breaker.outcome(1, &settings, false, failed);
        }
        breaker
    }

    #[test]
    fn it_opens_and_closes_after_probes_that_go_well() {
        let (breaker, settings) = (opened(), settings());
        assert_eq!(breaker.admit(50, &settings), Verdict::Refused(51));
        assert_eq!(breaker.admit(101, &settings), Verdict::Probe);
        assert_eq!(breaker.admit(101, &settings), Verdict::Probe);
        assert_eq!(breaker.admit(101, &settings), Verdict::Refused(100));
        breaker.outcome(102, &settings, true, false);
        assert_eq!(breaker.phase(102), Phase::HalfOpen);
        breaker.outcome(102, &settings, true, false);
        assert_eq!(breaker.admit(102, &settings), Verdict::Pass);
    }

    #[test]
    fn a_probe_that_fails_opens_it_again() {
        let (breaker, settings) = (opened(), settings());
        assert_eq!(breaker.admit(101, &settings), Verdict::Probe);
        breaker.outcome(102, &settings, true, true);
        assert_eq!(breaker.admit(103, &settings), Verdict::Refused(99));
        // a probe whose caller left makes room for another
        assert_eq!(breaker.admit(202, &settings), Verdict::Probe);
        assert_eq!(breaker.admit(202, &settings), Verdict::Probe);
        breaker.take_back();
        assert_eq!(breaker.admit(202, &settings), Verdict::Probe);
    }

    #[test]
    fn few_failures_do_not_open_it() {
        let (breaker, settings) = (Breaker::default(), settings());
        for failed in [true, true, true] {
            breaker.outcome(1, &settings, false, failed);
        }
        assert_eq!(breaker.phase(1), Phase::Closed);
    }
}

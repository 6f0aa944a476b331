//! Throttles for what can be guessed: sign-in, sign-up, links.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Two buckets: one per client address, one per thing that is guessed at (an address, a token's owner).
#[derive(Clone)]
pub struct Throttle {
    by_client: Arc<DefaultKeyedRateLimiter<String>>,
    by_subject: Arc<DefaultKeyedRateLimiter<String>>,
}

/// Try again after this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many tries; wait {} s", .0.as_secs().max(1))]
pub struct Throttled(pub Duration);

const fn per_minute(n: u32) -> Quota {
    Quota::per_minute(NonZeroU32::new(n).expect("a number written below"))
}

impl Throttle {
    /// 30 tries a minute from one client, 10 a minute at one subject.
    pub fn new() -> Self {
        Self::of(30, 10)
    }

    /// For programs, which come more often than people: 600 a minute from one client, 120 a minute at one subject.
    pub fn for_programs() -> Self {
        Self::of(600, 120)
    }

    fn of(by_client: u32, by_subject: u32) -> Self {
        Self {
            by_client: Arc::new(RateLimiter::keyed(per_minute(by_client))),
            by_subject: Arc::new(RateLimiter::keyed(per_minute(by_subject))),
        }
    }

    /// Counts one try. `subject` is compared without regard to case.
    pub fn check(&self, client: &str, subject: &str) -> Result<(), Throttled> {
        let wait = |limiter: &DefaultKeyedRateLimiter<String>, key: String| {
            if limiter.len() > 50_000 {
                limiter.retain_recent();
            }
            limiter
                .check_key(&key)
                .map_err(|until| Throttled(until.wait_time_from(DefaultClock::default().now())))
        };
        wait(&self.by_client, client.to_owned())?;
        wait(&self.by_subject, subject.to_lowercase())
    }
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_guess_at_one_address_waits() {
        let throttle = Throttle::new();
        for i in 0..10 {
            assert_eq!(
                throttle.check(&format!("192.0.2.{i}"), "noor@pier9.example"),
                Ok(())
            );
        }
        assert!(throttle.check("192.0.2.99", "NOOR@pier9.example").is_err());
        assert_eq!(throttle.check("192.0.2.99", "jonas@pier9.example"), Ok(()));
    }
}

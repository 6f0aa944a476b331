//! What a node says for a while after policies failed and requests passed all the same (`on_error: open`).

use std::time::{Duration, Instant};

use gateway_snapshot::failures::PolicyFailures;

/// How long it is said after the last time.
const SAID_FOR: Duration = Duration::from_secs(60);

/// How many passed until now, and when one did last.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    until_now: u64,
    last: Option<Instant>,
}

impl Passed {
    /// The sentence for the dashboard; nothing when none passed within the last minute.
    pub(crate) fn sentence(&mut self, failures: &[PolicyFailures], now: Instant) -> Option<String> {
        let passed = failures.iter().filter(|one| one.passed > 0);
        let count = passed.clone().map(|one| one.passed).sum();
        if count > self.until_now {
            self.until_now = count;
            self.last = Some(now);
        }
        self.last
            .filter(|last| now.duration_since(*last) < SAID_FOR)?;
        let kinds: Vec<String> = passed
            .map(|one| format!("`{}` ({})", one.policy, one.passed))
            .collect();
        Some(format!(
            "policies cannot do their work and let requests pass: {} since the start",
            kinds.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_for_a_minute_after_the_last_time() {
        let failures = |passed: u64| {
            let of = |policy, passed| PolicyFailures {
                policy,
                refused: 7,
                passed,
            };
            [of("opa", passed), of("jwt", 0)]
        };
        let (mut passed, begun) = (Passed::default(), Instant::now());
        let at = |seconds: u64| begun + Duration::from_secs(seconds);
        assert_eq!(passed.sentence(&failures(0), at(0)), None);
        let said = passed.sentence(&failures(2), at(1)).unwrap();
        assert!(said.ends_with("pass: `opa` (2) since the start"), "{said}");
        assert!(passed.sentence(&failures(2), at(60)).is_some());
        assert_eq!(passed.sentence(&failures(2), at(61)), None);
        assert!(passed.sentence(&failures(3), at(90)).is_some());
    }
}

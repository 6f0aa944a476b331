//! Sums of calls, and what follows from them.

use domain::histogram::{Counts, merge, percentile};
use store::usage::Sums;

/// Calls summed up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many.
    pub requests: i64,
    /// By class of answer: `classes[2]` were answered with 2xx.
    pub classes: [i64; 6],
    /// Those that the gateway refused.
    pub refused: i64,
    /// Those answered with 500 or more.
    pub failed: i64,
    /// Bytes of request bodies.
    pub bytes_in: i64,
    /// Bytes of response bodies.
    pub bytes_out: i64,
    duration_us: i64,
    upstream_us: i64,
    buckets: Counts,
}

impl Totals {
    /// Adds sums of calls; `class` is 2 for 2xx and so on, where it is known.
    pub(super) fn add(&mut self, class: Option<i64>, refused: i64, failed: i64, sums: &Sums) {
        self.requests += sums.requests;
        self.refused += refused;
        self.failed += failed;
        self.bytes_in += sums.bytes_in;
        self.bytes_out += sums.bytes_out;
        self.duration_us += sums.duration_us;
        self.upstream_us += sums.upstream_us;
        merge(&mut self.buckets, &sums.buckets);
        let place = class.and_then(|class| usize::try_from(class).ok());
        if let Some(count) = place.and_then(|place| self.classes.get_mut(place)) {
            *count += sums.requests;
        }
    }

    /// The time that the share `p` (0 to 1) of the calls stayed within, in microseconds.
    pub fn percentile(&self, p: f64) -> Option<u64> {
        percentile(&self.buckets, p)
    }

    /// How long a call took on average, in microseconds.
    pub fn mean(&self) -> Option<i64> {
        (self.requests > 0).then(|| self.duration_us / self.requests)
    }

    /// How long the upstream took on average, in microseconds, over the calls that were not refused.
    pub fn upstream_mean(&self) -> Option<i64> {
        let passed = self.requests - self.refused;
        (passed > 0).then(|| self.upstream_us / passed)
    }

    /// The share of calls that were answered with 500 or more, 0 to 1.
    pub fn error_rate(&self) -> f64 {
        share(self.failed, self.requests)
    }

    /// The share of calls that were answered with 400 or more, by the gateway or the upstream, 0 to 1.
    pub fn unsuccessful_rate(&self) -> f64 {
        share(self.classes[4] + self.classes[5], self.requests)
    }

    /// The share of calls that the gateway refused, 0 to 1.
    pub fn refused_rate(&self) -> f64 {
        share(self.refused, self.requests)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn share(part: i64, whole: i64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    part as f64 / whole as f64
}

//! The generic cell rate algorithm in whole numbers: no drift, whatever the rate.

use super::Limit;

/// A bucket that fills evenly. Its level is counted in fractions of a request, one per microsecond of the window, so that
/// `requests` of them arrive each microsecond and everything stays an integer. Below zero is what was charged after the
/// fact, beyond what was there.
pub(super) struct Bucket {
    length_us: u64,
    level: i128,
    capacity: i128,
    flow: i128,
    at: i64,
}

impl Bucket {
    pub(super) fn full(limit: &Limit, now: i64) -> Self {
        let capacity = i128::from(limit.burst) * i128::from(limit.window_us);
        Self {
            length_us: limit.window_us,
            level: capacity,
            capacity,
            flow: i128::from(limit.requests),
            at: now,
        }
    }

    pub(super) fn length(&self) -> u64 {
        self.length_us
    }

    pub(super) fn has_room(&mut self, limit: &Limit, cost: u64, now: i64) -> bool {
        self.fill(now);
        // A limit that was changed takes effect at once, without giving a new burst.
        self.capacity = i128::from(limit.burst) * i128::from(self.length_us);
        self.flow = i128::from(limit.requests);
        self.level = self.level.min(self.capacity);
        self.level >= self.price(cost)
    }

    pub(super) fn add(&mut self, cost: u64) {
        self.level = self.level.saturating_sub(self.price(cost));
    }

    pub(super) fn wait(&self, _limit: &Limit, cost: u64) -> u64 {
        self.micros_to(self.price(cost))
    }

    pub(super) fn remaining(&self) -> u64 {
        u64::try_from(self.level.max(0) / i128::from(self.length_us)).unwrap_or(u64::MAX)
    }

    pub(super) fn reset(&self, _limit: &Limit) -> u64 {
        let next = self.price(self.remaining().saturating_add(1));
        self.micros_to(next.min(self.capacity))
    }

    pub(super) fn is_idle(&mut self, now: i64) -> bool {
        self.fill(now);
        self.level >= self.capacity
    }

    fn price(&self, cost: u64) -> i128 {
        i128::from(cost) * i128::from(self.length_us)
    }

    fn micros_to(&self, level: i128) -> u64 {
        let missing = level.saturating_sub(self.level).max(0).unsigned_abs();
        let flow = self.flow.max(1).unsigned_abs();
        u64::try_from(missing.div_ceil(flow)).unwrap_or(u64::MAX)
    }

    fn fill(&mut self, now: i64) {
        let passed = i128::from(now.saturating_sub(self.at).max(0));
        self.at = self.at.max(now);
        let filled = self.level.saturating_add(passed.saturating_mul(self.flow));
        self.level = filled.min(self.capacity);
    }
}

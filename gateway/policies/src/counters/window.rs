//! A sliding window: a log of what was admitted, in runs.

use std::collections::VecDeque;

use super::Limit;

/// Above so many requests a window, requests that come close together share one run of the log.
const FINE: u64 = 64;

/// What is counted at present. A run leaves the window at a known moment; runs are in order.
pub(super) struct Window {
    length_us: u64,
    runs: VecDeque<Run>,
    total: u64,
}

#[derive(Clone, Copy)]
struct Run {
    leaves_at: i64,
    count: u64,
}

impl Window {
    pub(super) fn new(length_us: u64) -> Self {
        Self {
            length_us,
            runs: VecDeque::new(),
            total: 0,
        }
    }

    pub(super) fn length(&self) -> u64 {
        self.length_us
    }

    pub(super) fn has_room(&mut self, limit: &Limit, cost: u64, now: i64) -> bool {
        self.forget(now);
        self.total.saturating_add(cost) <= limit.requests
    }

    pub(super) fn add(&mut self, limit: &Limit, cost: u64, now: i64) {
        self.total += cost;
        let mut leaves_at = self.leaves_at(limit, now);
        if let Some(last) = self.runs.back_mut() {
            // The grain may have changed with the limit; order must hold all the same.
            leaves_at = leaves_at.max(last.leaves_at);
            if last.leaves_at == leaves_at {
                last.count += cost;
                return;
            }
        }
        self.runs.push_back(Run {
            leaves_at,
            count: cost,
        });
    }

    pub(super) fn wait(&self, limit: &Limit, cost: u64, now: i64) -> u64 {
        let mut left = self.total;
        if left.saturating_add(cost) <= limit.requests {
            return 0;
        }
        for run in &self.runs {
            left -= run.count;
            if left.saturating_add(cost) <= limit.requests {
                return micros_until(run.leaves_at, now);
            }
        }
        self.length_us
    }

    pub(super) fn remaining(&self, limit: &Limit) -> u64 {
        limit.requests.saturating_sub(self.total)
    }

    pub(super) fn reset(&self, now: i64) -> u64 {
        self.runs
            .front()
            .map_or(0, |run| micros_until(run.leaves_at, now))
    }

    pub(super) fn is_idle(&mut self, now: i64) -> bool {
        self.forget(now);
        self.runs.is_empty()
    }

    fn forget(&mut self, now: i64) {
        while let Some(run) = self.runs.front().filter(|run| run.leaves_at <= now) {
            self.total -= run.count;
            self.runs.pop_front();
        }
    }

    fn leaves_at(&self, limit: &Limit, now: i64) -> i64 {
        let length = i64::try_from(self.length_us).unwrap_or(i64::MAX);
        if limit.requests <= FINE {
            return now.saturating_add(length);
        }
        // Rounded up to the end of its grain: never early, so that no stretch of the window's length holds too many.
        let grain = (length / i64::try_from(FINE).expect("64 fits")).max(1);
        let end_of_grain = now
            .div_euclid(grain)
            .saturating_add(1)
            .saturating_mul(grain);
        end_of_grain.saturating_add(length)
    }
}

fn micros_until(then: i64, now: i64) -> u64 {
    u64::try_from(then.saturating_sub(now)).unwrap_or(0)
}

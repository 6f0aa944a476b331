//! A sliding window: a log of what was admitted, in runs.

use std::collections::VecDeque;

use super::Limit;

/// Above so many requests a window, requests that come close together share one run of the log.
const FINE: u64 = 64;

/// What is counted at present. A run leaves the window when its newest request does; runs are in order.
pub(super) struct Window {
    length_us: u64,
    runs: VecDeque<Run>,
    total: u64,
}

#[derive(Clone, Copy)]
struct Run {
    opened_at: i64,
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
        if cost == 0 {
            return;
        }
        self.total = self.total.saturating_add(cost);
        let length = i64::try_from(self.length_us).unwrap_or(i64::MAX);
        let leaves_at = now.saturating_add(length);
        if let Some(last) = self.runs.back_mut()
            && now.saturating_sub(last.opened_at) < grain(limit, length)
        {
            // Those before it stay counted a little longer: never early, and never past the window from now.
            last.leaves_at = leaves_at;
            last.count = last.count.saturating_add(cost);
            return;
        }
        self.runs.push_back(Run {
            opened_at: now,
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
            left = left.saturating_sub(run.count);
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
            self.total = self.total.saturating_sub(run.count);
            self.runs.pop_front();
        }
    }
}

/// How far apart two requests are at most that share a run; requests of one moment always do.
fn grain(limit: &Limit, length: i64) -> i64 {
    if limit.requests <= FINE {
        return 1;
    }
    (length / i64::try_from(FINE).expect("64 fits")).max(1)
}

fn micros_until(then: i64, now: i64) -> u64 {
    u64::try_from(then.saturating_sub(now)).unwrap_or(0)
}

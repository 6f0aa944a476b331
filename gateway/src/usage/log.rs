//! The request log of one worker: how many lines it takes, and those that wait for SQL.
//!
//! A line costs more than the request that it tells of. So that the log cannot slow traffic, it takes so many lines a
//! second and samples beyond that; what failed has a ration of its own, which no flood of successes can use up.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::Timestamp;
use parking_lot::Mutex;
use store::request_log::Request;

/// Lines of so many microseconds may come at once.
const BURST: i64 = 2_000_000;

/// How much of the log a worker keeps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// Lines that wait at a time.
    pub(crate) waiting: usize,
    /// Microseconds from one line to the next, in the long run; `None` for no lines.
    pub(crate) gap: Option<i64>,
}

/// Lines of requests that ended, the oldest first.
#[derive(Debug)]
pub(super) struct Log {
    state: Mutex<State>,
    most: usize,
    left_out: AtomicU64,
}

#[derive(Debug)]
struct State {
    lines: VecDeque<Request>,
    well: Ration,
    failed: Ration,
}

impl Log {
    pub(super) fn new(room: Room) -> Self {
        let ration = Ration {
            gap: room.gap,
            next: 0,
        };
        let state = State {
            lines: VecDeque::new(),
            well: ration,
            failed: ration,
        };
        Self {
            state: Mutex::new(state),
            most: room.waiting,
            left_out: AtomicU64::new(0),
        }
    }

    /// Whether a request that ends now gets a line; counts it when not.
    pub(super) fn takes(&self, now: Timestamp, failed: bool) -> bool {
        let mut state = self.state.lock();
        let has_room = state.lines.len() < self.most;
        let ration = if failed {
            &mut state.failed
        } else {
            &mut state.well
        };
        let takes = has_room && ration.take(now.micros());
        if !takes {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
        takes
    }

    /// Adds the line of a request that gets one.
    pub(super) fn push(&self, line: Request) {
        self.state.lock().lines.push_back(line);
    }

    /// Requests without a line.
    pub(super) fn left_out(&self) -> u64 {
        self.left_out.load(Ordering::Relaxed)
    }

    /// Takes at most so many lines, the oldest first.
    pub(super) fn take(&self, most: usize) -> Vec<Request> {
        let lines = &mut self.state.lock().lines;
        let count = most.min(lines.len());
        lines.drain(..count).collect()
    }

    /// Puts lines back that could not be written; those without room are left out and counted.
    pub(super) fn put_back(&self, lines: Vec<Request>) {
        let waiting = &mut self.state.lock().lines;
        for line in lines.into_iter().rev() {
            if waiting.len() < self.most {
                waiting.push_front(line);
            } else {
                self.left_out.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// Evenly so many in the long run (the generic cell rate algorithm).
#[derive(Debug, Clone, Copy)]
struct Ration {
    gap: Option<i64>,
    /// When the next one would be due, were there no bursts.
    next: i64,
}

impl Ration {
    fn take(&mut self, now: i64) -> bool {
        let Some(gap) = self.gap else {
            return false;
        };
        let next = self.next.max(now);
        if next - now >= BURST {
            return false;
        }
        self.next = next + gap;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(waiting: usize, gap: Option<i64>) -> Log {
        Log::new(Room { waiting, gap })
    }

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    #[test]
    fn a_burst_is_whole_and_then_lines_come_evenly() {
        let log = log(10_000, Some(10_000));
        let taken = (0..1_000).filter(|_| log.takes(at(0), false)).count();
        assert_eq!(taken, 200);
        assert_eq!(log.left_out(), 800);
        // ten seconds of a thousand requests each
        let taken = (0..10_000).filter(|n| log.takes(at(n * 1_000), false));
        let taken: Vec<i64> = taken.collect();
        assert_eq!(taken.len(), 1_000);
        assert!(taken.windows(2).all(|pair| pair[1] - pair[0] == 10));
    }

    #[test]
    fn failures_have_their_own_ration() {
        let log = log(10_000, Some(1_000_000));
        while log.takes(at(0), false) {}
        assert!(log.takes(at(0), true));
    }

    #[test]
    fn nothing_is_taken_without_a_rate_or_room() {
        assert!(!log(10, None).takes(at(0), true));
        let full = log(0, Some(1));
        assert!(!full.takes(at(0), true));
        assert_eq!(full.left_out(), 1);
    }
}

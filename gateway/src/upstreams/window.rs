//! Counts of a stretch of time that begins anew when it is over: a measure without locks, not a bill.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

/// Milliseconds since the process first asked; never 0, so that 0 can stand for "never".
pub(crate) fn now_ms() -> u64 {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    let elapsed = BEGAN.get_or_init(Instant::now).elapsed().as_millis();
    u64::try_from(elapsed).unwrap_or(u64::MAX).saturating_add(1)
}

/// All, and those that count. Two threads that end a window at once may lose a count.
#[derive(Debug, Default)]
pub(super) struct Window {
    began: AtomicU64,
    all: AtomicU32,
    hits: AtomicU32,
}

/// What a window holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) all: u32,
    pub(super) hits: u32,
}

impl Counts {
    /// Whether so many per cent of at least so many are hits.
    pub(super) fn reach(self, percent: u8, minimum: u32) -> bool {
        percent > 0
            && self.all >= minimum.max(1)
            && u64::from(self.hits) * 100 >= u64::from(percent) * u64::from(self.all)
    }
}

impl Window {
    /// Counts one more.
    pub(super) fn add(&self, now: u64, length_ms: u32, is_hit: bool) -> Counts {
        self.turn(now, length_ms);
        let all = self.all.fetch_add(1, Ordering::Relaxed) + 1;
        let hits = if is_hit {
            self.hits.fetch_add(1, Ordering::Relaxed) + 1
        } else {
            self.hits.load(Ordering::Relaxed)
        };
        Counts { all, hits }
    }

    /// Counts a hit of what was counted before.
    pub(super) fn hit(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }

    /// What it holds, and for how many milliseconds it has been open.
    pub(super) fn read(&self, now: u64, length_ms: u32) -> (Counts, u64) {
        self.turn(now, length_ms);
        let counts = Counts {
            all: self.all.load(Ordering::Relaxed),
            hits: self.hits.load(Ordering::Relaxed),
        };
        (
            counts,
            now.saturating_sub(self.began.load(Ordering::Relaxed)),
        )
    }

    pub(super) fn clear(&self) {
        self.began.store(0, Ordering::Relaxed);
        self.all.store(0, Ordering::Relaxed);
        self.hits.store(0, Ordering::Relaxed);
    }

    fn turn(&self, now: u64, length_ms: u32) {
        let began = self.began.load(Ordering::Relaxed);
        let is_over = began == 0 || now.saturating_sub(began) >= u64::from(length_ms);
        if is_over
            && self
                .began
                .compare_exchange(began, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
        {
            self.all.store(0, Ordering::Relaxed);
            self.hits.store(0, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_begins_anew() {
        let window = Window::default();
        window.add(1, 100, true);
        assert_eq!(window.add(50, 100, false), Counts { all: 2, hits: 1 });
        assert!(window.read(100, 100).0.reach(50, 2));
        assert_eq!(window.add(101, 100, false), Counts { all: 1, hits: 0 });
    }
}

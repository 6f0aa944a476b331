//! Limits against simple models, over many seeds, and from many threads.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::Timestamp;

use super::{Algorithm, Counters, Full, Key, Limit, Taken};

const START: Timestamp = Timestamp::from_seconds(1_790_000_000);

fn key(subject: u128) -> Key {
    Key {
        set: 7,
        subject,
        foreign: false,
    }
}

fn limit(requests: u64, seconds: u64, algorithm: Algorithm) -> Limit {
    Limit {
        requests,
        window_us: seconds * 1_000_000,
        algorithm,
        burst: requests,
    }
}

/// A small generator with a fixed seed (xorshift64*): the same numbers on each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % below
    }
}

fn take(counters: &Counters, limits: &[Limit], micros: u64) -> Taken {
    let now = START + Duration::from_micros(micros);
    counters.take(key(1), limits, 1, now).unwrap()
}

#[test]
fn small_windows_are_exact() {
    for seed in 1..=40 {
        let mut dice = Dice(seed * 0x9e37_79b9);
        let requests = 1 + dice.roll(64);
        let limits = [limit(requests, 1, Algorithm::SlidingWindow)];
        let counters = Counters::new(0);
        let mut log: Vec<u64> = Vec::new();
        let mut at = 0;
        for _ in 0..2_000 {
            at += dice.roll(2 * 1_000_000 / requests);
            log.retain(|t| t + 1_000_000 > at);
            let room = (log.len() as u64) < requests;
            let taken = take(&counters, &limits, at);
            assert_eq!(taken.admitted, room, "seed {seed} at {at}");
            if room {
                log.push(at);
            } else {
                assert_eq!(taken.wait(), log[0] + 1_000_000 - at, "seed {seed}");
            }
            assert_eq!(taken.standings[0].remaining, requests - log.len() as u64);
        }
    }
}

#[test]
fn large_windows_never_admit_too_many_and_release_within_a_grain() {
    for seed in 1..=10 {
        let mut dice = Dice(seed * 77);
        let requests = 65 + dice.roll(300);
        let window = 60 * 1_000_000;
        let limits = [limit(requests, 60, Algorithm::SlidingWindow)];
        let counters = Counters::new(0);
        let mut admitted: Vec<u64> = Vec::new();
        let mut at = 0;
        for _ in 0..4_000 {
            at += dice.roll(window / requests);
            let inside = |length: u64| {
                let from = at.saturating_sub(length);
                admitted.iter().rev().take_while(|t| **t > from).count() as u64
            };
            let taken = take(&counters, &limits, at);
            if taken.admitted {
                assert!(inside(window) < requests, "seed {seed} at {at}");
                admitted.push(at);
            } else {
                assert!(
                    inside(window + window / 64 + 1) >= requests,
                    "seed {seed} at {at}"
                );
                let later = at + taken.wait();
                assert!(take(&Counters::new(0), &limits, later).admitted);
            }
        }
    }
}

#[test]
fn gcra_is_a_bucket_that_fills_evenly() {
    for seed in 1..=40 {
        let mut dice = Dice(seed * 31);
        let requests = 1 + dice.roll(500);
        let limits = [limit(requests, 60, Algorithm::Gcra)];
        let counters = Counters::new(0);
        let window: u128 = 60_000_000;
        let mut level = u128::from(requests) * window;
        let (mut at, mut before) = (0, 0);
        for _ in 0..2_000 {
            at += dice.roll(2 * 60_000_000 / requests);
            let flow = u128::from(at - before) * u128::from(requests);
            level = (level + flow).min(u128::from(requests) * window);
            before = at;
            let room = level >= window;
            let taken = take(&counters, &limits, at);
            assert_eq!(taken.admitted, room, "seed {seed} at {at}");
            if room {
                level -= window;
            } else {
                let missing = window - level;
                let wait = missing.div_ceil(u128::from(requests));
                assert_eq!(u128::from(taken.wait()), wait, "seed {seed}");
            }
        }
    }
}

/// Everything that was admitted or charged: when, and how much. The simplest thing that can be right.
#[derive(Default)]
struct Log(Vec<(u64, u64)>);

impl Log {
    fn inside(&self, window: u64, at: u64) -> u64 {
        let from = |then: &&(u64, u64)| then.0 + window > at;
        self.0.iter().filter(from).map(|(_, cost)| cost).sum()
    }

    /// When a cost would fit, from `at` on.
    fn fits_at(&self, limit: &Limit, cost: u64, at: u64) -> u64 {
        let ends = self.0.iter().map(|(then, _)| then + limit.window_us);
        let mut moments: Vec<u64> = ends.filter(|end| *end > at).collect();
        moments.insert(0, at);
        moments.sort_unstable();
        let fits = |moment: &u64| self.inside(limit.window_us, *moment) + cost <= limit.requests;
        moments.into_iter().find(fits).unwrap_or(u64::MAX)
    }
}

#[test]
fn several_windows_with_costs_and_charges_are_exact() {
    for seed in 1..=30 {
        let mut dice = Dice(seed * 0x5851_f42d);
        let limits = [
            limit(1 + dice.roll(20), 1, Algorithm::SlidingWindow),
            limit(20 + dice.roll(44), 60, Algorithm::SlidingWindow),
        ];
        let counters = Counters::new(0);
        let mut log = Log::default();
        let mut at = 0;
        for _ in 0..1_000 {
            at += dice.roll(300_000);
            let now = START + Duration::from_micros(at);
            let cost = 1 + dice.roll(4);
            let room = |cost: u64| limits.map(|l| log.fits_at(&l, cost, at));
            match dice.roll(8) {
                0 => {
                    let cost = cost * 7;
                    assert!(
                        counters
                            .charge(key(1), &limits, cost, now)
                            .unwrap()
                            .admitted
                    );
                    log.0.push((at, cost));
                }
                1 => {
                    let taken = counters.peek(key(1), &limits, now).unwrap();
                    assert_eq!(taken.admitted, room(1) == [at; 2], "seed {seed} at {at}");
                }
                _ => {
                    let free = room(cost);
                    let taken = counters.take(key(1), &limits, cost, now).unwrap();
                    assert_eq!(taken.admitted, free == [at; 2], "seed {seed} at {at}");
                    if taken.admitted {
                        log.0.push((at, cost));
                    } else {
                        for ((standing, free), limit) in
                            taken.standings.iter().zip(free).zip(&limits)
                        {
                            let wait = if cost > limit.requests {
                                limit.window_us
                            } else {
                                free - at
                            };
                            assert_eq!(standing.wait, wait, "seed {seed} at {at}");
                        }
                    }
                    for (standing, limit) in taken.standings.iter().zip(&limits) {
                        let used = log.inside(limit.window_us, at);
                        assert_eq!(standing.remaining, limit.requests.saturating_sub(used));
                    }
                }
            }
        }
    }
}

#[test]
fn a_charge_beyond_a_bucket_is_a_debt() {
    for seed in 1..=30 {
        let mut dice = Dice(seed * 131);
        let requests = 1 + dice.roll(100);
        let limits = [limit(requests, 60, Algorithm::Gcra)];
        let counters = Counters::new(0);
        let window: i128 = 60_000_000;
        let full = i128::from(requests) * window;
        let (mut level, mut at) = (full, 0);
        for _ in 0..1_000 {
            let passed = dice.roll(60_000_000 / requests);
            at += passed;
            level = (level + i128::from(passed) * i128::from(requests)).min(full);
            let now = START + Duration::from_micros(at);
            if dice.roll(10) == 0 {
                let cost = dice.roll(2 * requests + 1);
                counters.charge(key(1), &limits, cost, now).unwrap();
                level -= i128::from(cost) * window;
                continue;
            }
            let taken = counters.take(key(1), &limits, 1, now).unwrap();
            assert_eq!(taken.admitted, level >= window, "seed {seed} at {at}");
            if taken.admitted {
                level -= window;
            } else {
                let missing = (window - level).unsigned_abs();
                let wait = missing.div_ceil(u128::from(requests));
                assert_eq!(u128::from(taken.wait()), wait, "seed {seed}");
            }
            let left = u64::try_from(level.max(0) / window).unwrap();
            assert_eq!(taken.standings[0].remaining, left);
        }
    }
}

#[test]
fn no_wait_is_longer_than_the_window() {
    for requests in [1, 64, 65, 100, 5_000] {
        let limits = [limit(requests, 60, Algorithm::SlidingWindow)];
        let counters = Counters::new(0);
        let mut dice = Dice(requests * 3 + 1);
        let mut at = 0;
        for _ in 0..6_000 {
            at += dice.roll(90_000_000 / requests);
            let taken = take(&counters, &limits, at);
            let standing = taken.standings[0];
            assert!(
                standing.reset.max(standing.wait) <= 60_000_000,
                "{requests}"
            );
        }
    }
}

#[test]
fn a_full_limit_charges_no_other() {
    let counters = Counters::new(0);
    let limits = [
        limit(2, 1, Algorithm::SlidingWindow),
        limit(10, 60, Algorithm::SlidingWindow),
    ];
    for _ in 0..50 {
        take(&counters, &limits, 0);
    }
    let taken = take(&counters, &limits, 1_000_000);
    assert!(taken.admitted);
    assert_eq!(taken.standings[1].remaining, 7);
}

#[test]
fn a_changed_number_keeps_what_was_counted() {
    let counters = Counters::new(0);
    for _ in 0..60 {
        assert!(take(&counters, &[limit(60, 60, Algorithm::SlidingWindow)], 0).admitted);
    }
    let raised = [limit(600, 60, Algorithm::SlidingWindow)];
    let taken = take(&counters, &raised, 1);
    assert!(taken.admitted);
    assert_eq!(taken.standings[0].remaining, 539);
    assert!(!take(&counters, &[limit(60, 60, Algorithm::SlidingWindow)], 2).admitted);
}

#[test]
fn a_clock_set_back_opens_nothing() {
    let counters = Counters::new(0);
    let limits = [limit(1, 1, Algorithm::SlidingWindow)];
    assert!(take(&counters, &limits, 900_000).admitted);
    assert!(!take(&counters, &limits, 0).admitted);
    assert!(!take(&counters, &limits, 1_800_000).admitted);
    assert!(take(&counters, &limits, 1_900_000).admitted);
}

#[test]
fn threads_together_take_exactly_the_limit() {
    for algorithm in [Algorithm::SlidingWindow, Algorithm::Gcra] {
        let counters = Arc::new(Counters::new(0));
        let limits = [limit(1_000, 60, algorithm)];
        let admitted: Arc<HashMap<u128, AtomicU64>> =
            Arc::new((0..4).map(|s| (s, AtomicU64::new(0))).collect());
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (counters, admitted) = (counters.clone(), admitted.clone());
                std::thread::spawn(move || {
                    for i in 0..2_000_u128 {
                        let subject = i % 4;
                        let taken = counters.take(key(subject), &limits, 1, START).unwrap();
                        if taken.admitted {
                            admitted[&subject].fetch_add(1, Ordering::Relaxed);
                        }
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        for count in admitted.values() {
            assert_eq!(count.load(Ordering::Relaxed), 1_000);
        }
    }
}

#[test]
fn idle_subjects_are_forgotten_and_strangers_bounded() {
    let counters = Counters::new(256);
    let limits = [limit(5, 1, Algorithm::SlidingWindow)];
    let foreign = |subject: u128| Key {
        set: 7,
        subject,
        foreign: true,
    };
    let mut refused = 0;
    for subject in 0..2_000 {
        refused += u32::from(counters.take(foreign(subject), &limits, 1, START) == Err(Full));
    }
    assert!(refused > 1_000 && counters.len() <= 256, "{refused}");
    counters.take(key(1), &limits, 1, START).unwrap();
    let later = START + Duration::from_secs(2);
    assert!(counters.take(foreign(9_999), &limits, 1, later).is_ok());
    counters.sweep(later + Duration::from_secs(2));
    assert!(counters.is_empty());
}

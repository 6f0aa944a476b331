//! Rate-limit counters of one node: sharded, exact under concurrency, bounded in memory.

mod bucket;
mod limit;
mod window;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use domain::Timestamp;
use foldhash::quality::RandomState;
use parking_lot::Mutex;
use smallvec::SmallVec;
use thiserror::Error;

use bucket::Bucket;
pub use limit::{Algorithm, Limit};
use window::Window;

const SHARDS: usize = 256;

/// Whose counter, of which set of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The set of limits: the id of a plan or of a policy.
    pub set: u128,
    /// Who is counted: an id, an address, a fingerprint of a header.
    pub subject: u128,
    /// Whether strangers choose the subject (addresses, headers). Their number is bounded apart, so that a flood of them
    /// cannot push out the counters of subscriptions.
    pub foreign: bool,
}

/// Where one limit stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Requests that would still be admitted at this moment.
    pub remaining: u64,
    /// Microseconds until more would be admitted than now.
    pub reset: u64,
    /// Microseconds until this request would have been admitted; 0 when this limit had room.
    pub wait: u64,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Whether every limit had room. When one had none, nothing was counted in any.
    pub admitted: bool,
    /// One per limit, in their order.
    pub standings: SmallVec<[Standing; 3]>,
}

impl Taken {
    /// Microseconds until the request would be admitted.
    pub fn wait(&self) -> u64 {
        self.standings.iter().map(|s| s.wait).max().unwrap_or(0)
    }
}

/// There is no room for one more foreign subject, and none is idle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the table of rate-limit counters is full")]
pub struct Full;

/// Subjects are hashes already, or ids of our own.
type Table = HashMap<Key, Entry, RandomState>;

/// The counters of a node. All workers share one.
pub struct Counters {
    own: Box<[Mutex<Table>]>,
    foreign: Box<[Mutex<Table>]>,
    foreign_per_shard: usize,
}

/// The counters of one subject: one state per limit, found by window and algorithm so that a changed number of requests
/// keeps what was counted.
#[derive(Default)]
struct Entry {
    latest: i64,
    states: SmallVec<[State; 2]>,
}

/// What is asked of a subject's counters.
#[derive(Clone, Copy)]
enum Ask {
    /// To be let in at this cost.
    Take(u64),
    /// Whether one would be let in.
    Peek,
    /// To count this cost in any case.
    Charge(u64),
}

enum State {
    Window(Window),
    Bucket(Bucket),
}

impl Counters {
    /// Counters that keep at most `most_foreign` subjects that strangers chose.
    pub fn new(most_foreign: usize) -> Self {
        let shards = || (0..SHARDS).map(|_| Mutex::default()).collect();
        Self {
            own: shards(),
            foreign: shards(),
            foreign_per_shard: most_foreign.div_ceil(SHARDS),
        }
    }

    /// Counts `cost` against every limit of the set, or against none when one has no room.
    pub fn take(
        &self,
        key: Key,
        limits: &[Limit],
        cost: u64,
        now: Timestamp,
    ) -> Result<Taken, Full> {
        self.with(key, now, |entry| {
            entry.take(limits, Ask::Take(cost), now.micros())
        })
    }

    /// Whether every limit has room for one more, without counting anything.
    pub fn peek(&self, key: Key, limits: &[Limit], now: Timestamp) -> Result<Taken, Full> {
        self.with(key, now, |entry| {
            entry.take(limits, Ask::Peek, now.micros())
        })
    }

    /// Counts `cost` against every limit of the set, room or not: what is known only when the work is done. What goes
    /// beyond a limit keeps later requests out for longer.
    pub fn charge(
        &self,
        key: Key,
        limits: &[Limit],
        cost: u64,
        now: Timestamp,
    ) -> Result<Taken, Full> {
        self.with(key, now, |entry| {
            entry.take(limits, Ask::Charge(cost), now.micros())
        })
    }

    fn with<T>(
        &self,
        key: Key,
        now: Timestamp,
        ask: impl FnOnce(&mut Entry) -> T,
    ) -> Result<T, Full> {
        let mut shard = self.shard(&key).lock();
        if key.foreign && shard.len() >= self.foreign_per_shard && !shard.contains_key(&key) {
            shard.retain(|_, entry| !entry.is_idle(now.micros()));
            if shard.len() >= self.foreign_per_shard {
                return Err(Full);
            }
        }
        Ok(ask(shard.entry(key).or_default()))
    }

    /// Forgets who has nothing counted any more. Takes each shard's lock in turn; the runtime calls it every few seconds.
    pub fn sweep(&self, now: Timestamp) {
        for shard in self.own.iter().chain(&self.foreign) {
            let mut shard = shard.lock();
            shard.retain(|_, entry| !entry.is_idle(now.micros()));
            if shard.capacity() > 64 && shard.len() < shard.capacity() / 4 {
                shard.shrink_to_fit();
            }
        }
    }

    /// How many subjects are counted, for the status page.
    pub fn len(&self) -> usize {
        self.own
            .iter()
            .chain(&self.foreign)
            .map(|s| s.lock().len())
            .sum()
    }

    /// Whether nobody is counted.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, key: &Key) -> &Mutex<Table> {
        let mixed = (key.subject ^ key.set.rotate_left(64))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let index = usize::try_from(mixed >> 120).expect("eight bits fit");
        if key.foreign {
            &self.foreign[index]
        } else {
            &self.own[index]
        }
    }
}

impl Entry {
    fn take(&mut self, limits: &[Limit], ask: Ask, now: i64) -> Taken {
        // A clock that was set back must not open a window twice.
        let now = now.max(self.latest);
        self.latest = now;
        self.states
            .retain(|state| limits.iter().any(|limit| state.serves(limit)));
        let (needed, counted) = match ask {
            Ask::Take(cost) => (cost, cost),
            Ask::Peek => (1, 0),
            Ask::Charge(cost) => (0, cost),
        };
        let mut places: SmallVec<[usize; 3]> = SmallVec::new();
        let mut admitted = true;
        for limit in limits {
            let place = self.place(limit, now);
            let room = self.states[place].has_room(limit, needed, now);
            admitted &= room || matches!(ask, Ask::Charge(_));
            places.push(place);
        }
        let standings = limits
            .iter()
            .zip(places)
            .map(|(limit, place)| {
                let state = &mut self.states[place];
                let wait = if admitted {
                    state.add(limit, counted, now);
                    0
                } else {
                    state.wait(limit, needed, now)
                };
                Standing {
                    remaining: state.remaining(limit),
                    reset: state.reset(limit, now),
                    wait,
                }
            })
            .collect();
        Taken {
            admitted,
            standings,
        }
    }

    fn place(&mut self, limit: &Limit, now: i64) -> usize {
        let found = self.states.iter().position(|state| state.serves(limit));
        found.unwrap_or_else(|| {
            self.states.push(match limit.algorithm {
                Algorithm::SlidingWindow => State::Window(Window::new(limit.window_us)),
                Algorithm::Gcra => State::Bucket(Bucket::full(limit, now)),
            });
            self.states.len() - 1
        })
    }

    fn is_idle(&mut self, now: i64) -> bool {
        self.states.iter_mut().all(|state| match state {
            State::Window(window) => window.is_idle(now),
            State::Bucket(bucket) => bucket.is_idle(now),
        })
    }
}

impl State {
    fn serves(&self, limit: &Limit) -> bool {
        match self {
            Self::Window(w) => {
                limit.algorithm == Algorithm::SlidingWindow && w.length() == limit.window_us
            }
            Self::Bucket(b) => limit.algorithm == Algorithm::Gcra && b.length() == limit.window_us,
        }
    }

    fn has_room(&mut self, limit: &Limit, cost: u64, now: i64) -> bool {
        match self {
            Self::Window(w) => w.has_room(limit, cost, now),
            Self::Bucket(b) => b.has_room(limit, cost, now),
        }
    }

    fn add(&mut self, limit: &Limit, cost: u64, now: i64) {
        match self {
            Self::Window(w) => w.add(limit, cost, now),
            Self::Bucket(b) => b.add(cost),
        }
    }

    fn wait(&self, limit: &Limit, cost: u64, now: i64) -> u64 {
        match self {
            Self::Window(w) => w.wait(limit, cost, now),
            Self::Bucket(b) => b.wait(limit, cost),
        }
    }

    fn remaining(&self, limit: &Limit) -> u64 {
        match self {
            Self::Window(w) => w.remaining(limit),
            Self::Bucket(b) => b.remaining(),
        }
    }

    fn reset(&self, limit: &Limit, now: i64) -> u64 {
        match self {
            Self::Window(w) => w.reset(now),
            Self::Bucket(b) => b.reset(limit),
        }
    }
}

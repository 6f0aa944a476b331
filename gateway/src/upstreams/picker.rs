//! Which of the targets that may take a request takes it.

use std::sync::atomic::{AtomicU64, Ordering};

use gateway_snapshot::balance::{Balancing, HashOn};
use gateway_snapshot::upstream::CompiledUpstream;

use super::maglev::Maglev;
use super::target::TargetState;
use super::wheel::Wheel;

/// Other places that are looked at before a target is taken in plain order.
const OTHER_PLACES: u64 = 16;

/// The balancing of an upstream, with what it needs made ready.
#[derive(Debug)]
pub(super) struct Picker {
    wheel: Wheel,
    weights: Box<[u32]>,
    drawn: AtomicU64,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Turns,
    FewestInFlight,
    Latency,
    Hash(Maglev, HashOn),
}

impl Picker {
    pub(super) fn new(upstream: &CompiledUpstream) -> Self {
        let weights: Box<[u32]> = upstream.targets.iter().map(|t| t.weight).collect();
        let way = match &upstream.settings.balancing {
            Balancing::RoundRobin => Way::Turns,
            Balancing::LeastConnections => Way::FewestInFlight,
            Balancing::Latency => Way::Latency,
            Balancing::ConsistentHash(on) => {
                let targets: Vec<_> = upstream.targets.iter().map(|t| (t.id, t.weight)).collect();
                Way::Hash(Maglev::new(&targets), on.clone())
            }
        };
        Self {
            wheel: Wheel::new(&weights),
            weights,
            drawn: AtomicU64::new(u64::from(std::process::id())),
            way,
        }
    }

    /// What the hash of a request is made of; `None` when it plays no part.
    pub(super) fn hashes(&self) -> Option<&HashOn> {
        match &self.way {
            Way::Hash(_, on) => Some(on),
            _ => None,
        }
    }

    /// One of the targets that may.
    pub(super) fn pick(
        &self,
        targets: &[std::sync::Arc<TargetState>],
        hash: u64,
        may: &dyn Fn(usize) -> bool,
    ) -> Option<usize> {
        match &self.way {
            Way::Turns => self.wheel.turns().find(|index| may(*index)),
            Way::FewestInFlight => self.fewest(targets, may),
            Way::Latency => self.sooner(targets, may),
            Way::Hash(table, _) => {
                let places = (0..OTHER_PLACES).map(|n| if n == 0 { hash } else { mix(hash ^ n) });
                places
                    .filter_map(|hash| table.target(hash))
                    .find(|index| may(*index))
                    .or_else(|| (0..targets.len()).find(|index| may(*index)))
            }
        }
    }

    fn fewest(
        &self,
        targets: &[std::sync::Arc<TargetState>],
        may: &dyn Fn(usize) -> bool,
    ) -> Option<usize> {
        let load = |index: usize| {
            let in_flight = u64::from(targets[index].in_flight.load(Ordering::Relaxed)) + 1;
            // thousandths of requests for each unit of weight
            in_flight * 1_000_000 / u64::from(self.weights[index].max(1))
        };
        // where the look begins moves on, so that equals take turns
        let count = targets.len();
        let start = self.drawn.fetch_add(1, Ordering::Relaxed);
        let start = usize::try_from(start).unwrap_or_default();
        (0..count)
            .map(|step| (start % count + step) % count)
            .filter(|index| may(*index))
            .min_by_key(|index| load(*index))
    }

    fn sooner(
        &self,
        targets: &[std::sync::Arc<TargetState>],
        may: &dyn Fn(usize) -> bool,
    ) -> Option<usize> {
        let draw = |not: Option<usize>| {
            let random = mix(self.drawn.fetch_add(1, Ordering::Relaxed));
            let start = usize::try_from(random >> 33).unwrap_or_default();
            self.wheel
                .starting_at(start)
                .find(|index| Some(*index) != not && may(*index))
        };
        let one = draw(None)?;
        let Some(other) = draw(Some(one)) else {
            return Some(one);
        };
        let cost = |index: usize| {
            let in_flight = u64::from(targets[index].in_flight.load(Ordering::Relaxed)) + 1;
            targets[index].latency_us() * in_flight / u64::from(self.weights[index].max(1))
        };
        Some(if cost(other) < cost(one) { other } else { one })
    }
}

/// A number that looks nothing like the one before (SplitMix64).
pub(super) fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

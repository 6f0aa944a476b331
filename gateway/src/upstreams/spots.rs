//! The places that a name leads to: which one a request begins with, and which come after it (RFC 2782).

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::dns::Spot;

/// For how long a place of a service that took no connection is passed over, in milliseconds.
const REST: u64 = 5_000;
/// The golden ratio as a share of 2^32: its multiples fall evenly over any range.
const GOLDEN: u64 = 0x9e37_79b9;

/// Places by priority.
#[derive(Debug)]
pub(super) struct Spots(Box<[Known]>);

#[derive(Debug)]
struct Known {
    spot: Spot,
    rests_until: AtomicU64,
}

impl Clone for Spots {
    fn clone(&self) -> Self {
        let spots: Vec<Spot> = self.0.iter().map(|known| known.spot).collect();
        Self::new(&spots, Some(self))
    }
}

impl Spots {
    /// The one that is written down.
    pub(super) fn one(address: SocketAddr) -> Self {
        let spot = Spot {
            address,
            priority: 0,
            weight: 0,
        };
        Self::new(&[spot], None)
    }

    /// What was found, with what is known of places that stay.
    pub(super) fn new(found: &[Spot], before: Option<&Self>) -> Self {
        let rest_of = |spot: &Spot| {
            let before = before.map_or(&[][..], |before| &before.0);
            let same = before.iter().find(|one| one.spot.address == spot.address);
            same.map_or(0, |one| one.rests_until.load(Ordering::Relaxed))
        };
        let known = found.iter().map(|spot| Known {
            spot: *spot,
            rests_until: AtomicU64::new(rest_of(spot)),
        });
        Self(known.collect())
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.0.iter().map(|known| known.spot.address)
    }

    pub(super) fn address(&self, place: usize) -> Option<SocketAddr> {
        self.0.get(place).map(|known| known.spot.address)
    }

    /// Whether both are the same places.
    pub(super) fn are(&self, others: &Self) -> bool {
        self.addresses().eq(others.addresses())
    }

    /// The place took no connection.
    pub(super) fn rest(&self, place: usize, now: u64) {
        if let Some(known) = self.0.get(place) {
            known.rests_until.store(now + REST, Ordering::Relaxed);
        }
    }

    /// The place that a request begins with: of the lowest priority that has one which does not rest, by weight.
    pub(super) fn choose(&self, turn: u64, now: u64) -> usize {
        let mut from = 0;
        while let Some(first) = self.0.get(from) {
            let priority = first.spot.priority;
            let of_group = |place: &usize| self.0[*place].spot.priority == priority;
            let group: Vec<usize> = (from..self.0.len()).take_while(of_group).collect();
            if let Some(place) = self.by_weight(&group, turn, now) {
                return place;
            }
            from += group.len();
        }
        // all of them rest: one is as good as another
        usize::try_from(turn).unwrap_or_default() % self.0.len().max(1)
    }

    fn by_weight(&self, group: &[usize], turn: u64, now: u64) -> Option<usize> {
        let is_awake = |place: &&usize| self.0[**place].rests_until.load(Ordering::Relaxed) <= now;
        let awake: Vec<usize> = group.iter().filter(is_awake).copied().collect();
        let weight = |place: usize| u64::from(self.0[place].spot.weight);
        let total: u64 = awake.iter().map(|place| weight(*place)).sum();
        if total == 0 {
            let turn = usize::try_from(turn).unwrap_or_default();
            return awake.get(turn % awake.len().max(1)).copied();
        }
        let share = turn.wrapping_mul(GOLDEN) & 0xffff_ffff;
        let mut left = (share * total) >> 32;
        awake.into_iter().find(|place| {
            let weight = weight(*place);
            let is_here = left < weight;
            left = left.saturating_sub(weight);
            is_here
        })
    }

    /// The n-th place after the first one: the others of its priority, then those of the other priorities.
    pub(super) fn after(&self, first: usize, n: usize) -> usize {
        let Some(begun) = self.0.get(first) else {
            return 0;
        };
        let is_same = |place: &usize| self.0[*place].spot.priority == begun.spot.priority;
        let places = (first..self.0.len()).chain(0..first);
        let same = places.filter(is_same);
        let others = (0..self.0.len()).filter(|place| !is_same(place));
        let all: Vec<usize> = same.chain(others).collect();
        all[n % all.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places with these priorities and weights, at ports from 0 on.
    fn spots(all: &[(u16, u16)]) -> Spots {
        let found: Vec<Spot> = (0_u16..)
            .zip(all)
            .map(|(port, (priority, weight))| Spot {
                address: ([127, 0, 0, 1], port).into(),
                priority: *priority,
                weight: *weight,
            })
            .collect();
        Spots::new(&found, None)
    }

    /// How often each place comes first in a hundred turns.
    fn shares(spots: &Spots, now: u64) -> Vec<usize> {
        let mut shares = vec![0; spots.count()];
        (0..100).for_each(|turn| shares[spots.choose(turn, now)] += 1);
        shares
    }

    #[test]
    fn weights_are_shares_within_the_lowest_priority() {
        let all = spots(&[(1, 60), (1, 40), (1, 0), (2, 10)]);
        let found = shares(&all, 1);
        assert!((59..=61).contains(&found[0]), "{found:?}");
        assert_eq!((found[0] + found[1], found[2], found[3]), (100, 0, 0));
        assert_eq!(shares(&spots(&[(0, 0), (0, 0)]), 1), [50, 50]);
    }

    #[test]
    fn places_that_take_no_connection_are_passed_over_for_a_while() {
        let all = spots(&[(1, 1), (1, 1), (2, 1)]);
        all.rest(0, 10);
        assert_eq!(shares(&all, 11), [0, 100, 0]);
        all.rest(1, 10);
        assert_eq!(shares(&all, 11), [0, 0, 100]);
        // the configuration is read again: what is known stays
        assert_eq!(shares(&all.clone(), 11), [0, 0, 100]);
        all.rest(2, 10);
        assert_eq!(shares(&all, 11).iter().sum::<usize>(), 100);
        let rested = shares(&all, 10 + REST);
        assert_eq!((rested[0] + rested[1], rested[2]), (100, 0));
        assert!((49..=51).contains(&rested[0]), "{rested:?}");
    }

    #[test]
    fn each_place_comes_once() {
        let all = spots(&[(1, 1), (1, 1), (1, 1), (2, 1), (3, 1)]);
        let order: Vec<usize> = (0..5).map(|n| all.after(1, n)).collect();
        assert_eq!(order, [1, 2, 0, 3, 4]);
        let order: Vec<usize> = (0..5).map(|n| all.after(3, n)).collect();
        assert_eq!(order, [3, 0, 1, 2, 4]);
    }
}

//! Maglev hashing (Eisenbud et al., NSDI 2016): a table in which each target has places by its weight, and in which a change
//! of the targets moves few of the others' places.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use domain::id::TargetId;

/// Places of the table: a prime, about eighty times the most targets of an upstream.
const PLACES: usize = 16_381;

/// Which target a hash belongs to.
#[derive(Debug)]
pub(super) struct Maglev(Box<[u16]>);

impl Maglev {
    pub(super) fn new(targets: &[(TargetId, u32)]) -> Self {
        let empty = u16::MAX;
        let mut places = vec![empty; PLACES];
        if targets.is_empty() {
            return Self(Box::default());
        }
        let heaviest = targets.iter().map(|(_, w)| *w).max().unwrap_or(1).max(1);
        let mut seekers: Vec<Seeker> = targets.iter().map(|(id, _)| Seeker::of(*id)).collect();
        let mut credit = vec![0_u64; targets.len()];
        let mut filled = 0;
        while filled < PLACES {
            for (index, (_, weight)) in targets.iter().enumerate() {
                // a target takes a place as often as its weight is of the heaviest
                credit[index] += u64::from((*weight).max(1));
                if credit[index] < u64::from(heaviest) || filled == PLACES {
                    continue;
                }
                credit[index] -= u64::from(heaviest);
                let seeker = &mut seekers[index];
                let mut place = seeker.next();
                while places[place] != empty {
                    place = seeker.next();
                }
                places[place] = u16::try_from(index).unwrap_or(empty);
                filled += 1;
            }
        }
        Self(places.into())
    }

    /// The target of a hash; `None` when there is no target.
    pub(super) fn target(&self, hash: u64) -> Option<usize> {
        let count = u64::try_from(self.0.len())
            .ok()
            .filter(|count| *count > 0)?;
        let place = usize::try_from(hash % count).ok()?;
        self.0.get(place).map(|index| usize::from(*index))
    }
}

/// A target's own order of all places.
struct Seeker {
    at: usize,
    step: usize,
}

impl Seeker {
    fn of(id: TargetId) -> Self {
        let part = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, id.uuid().as_bytes()).hash(&mut hasher);
            let hash = hasher.finish();
            move |most: usize| usize::try_from(hash % most as u64).unwrap_or_default()
        };
        Self {
            at: part(0)(PLACES),
            step: part(1)(PLACES - 1) + 1,
        }
    }

    fn next(&mut self) -> usize {
        let place = self.at;
        self.at = (self.at + self.step) % PLACES;
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Id;
    use uuid::Uuid;

    fn targets(numbers: &[u128]) -> Vec<(TargetId, u32)> {
        numbers
            .iter()
            .map(|n| (Id::new(Uuid::from_u128(*n)), 1))
            .collect()
    }

    #[test]
    fn places_are_shared_by_weight() {
        let mut two = targets(&[1, 2]);
        two[0].1 = 3;
        let table = Maglev::new(&two);
        let first = table.0.iter().filter(|index| **index == 0).count();
        let share = first * 100 / PLACES;
        assert!((73..=77).contains(&share), "{share} %");
    }

    #[test]
    fn a_target_that_goes_moves_little_else() {
        let numbers: Vec<u128> = (1..=10).collect();
        let ten = targets(&numbers);
        let nine = targets(&numbers[..9]);
        let (before, after) = (Maglev::new(&ten), Maglev::new(&nine));
        let owner = |list: &[(TargetId, u32)], table: &Maglev, hash: u64| {
            list[table.target(hash).unwrap()].0
        };
        let (mut moved, mut kept) = (0_u32, 0_u32);
        for hash in 0..PLACES as u64 {
            let was = owner(&ten, &before, hash);
            if was == ten[9].0 {
                continue;
            }
            if was == owner(&nine, &after, hash) {
                kept += 1;
            } else {
                moved += 1;
            }
        }
        // those of the target that went have to move; of the others a few per cent
        assert!(moved * 100 < kept * 8, "{moved} moved, {kept} kept");
    }

    #[test]
    fn the_same_targets_make_the_same_table() {
        let ids = targets(&[3, 1, 2]);
        assert_eq!(Maglev::new(&ids).0, Maglev::new(&ids).0);
        assert_eq!(Maglev::new(&[]).target(7), None);
    }
}

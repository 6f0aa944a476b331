//! Chance for the policies that need it: percentages, weights and ids. Not for secrets.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// Random numbers: a keyed hash of a counter, or in tests a fixed row.
#[derive(Debug)]
pub struct Dice {
    next: AtomicU64,
    seed: u64,
}

impl Default for Dice {
    /// Seeded by the process's own keys.
    fn default() -> Self {
        Self::seeded(RandomState::new().hash_one(0_u8))
    }
}

impl Dice {
    /// The same numbers for the same seed.
    pub const fn seeded(seed: u64) -> Self {
        Self {
            next: AtomicU64::new(0),
            seed,
        }
    }

    /// The next number (SplitMix64).
    pub fn next(&self) -> u64 {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        mix(self
            .seed
            .wrapping_add(n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub fn below(&self, bound: u64) -> u64 {
        u64::try_from((u128::from(self.next()) * u128::from(bound)) >> 64).unwrap_or(0)
    }

    /// Whether something that happens in `percent` of all cases happens now.
    pub fn happens(&self, percent: f64) -> bool {
        let share = self.next() >> 11;
        #[expect(clippy::cast_precision_loss, reason = "53 bits are what a float holds")]
        let share = share as f64 / (1_u64 << 53) as f64;
        share * 100.0 < percent
    }
}

/// Spreads the bits of a number.
pub(crate) const fn mix(number: u64) -> u64 {
    let a = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let b = (a ^ (a >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    b ^ (b >> 31)
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn shares_come_out_as_asked() {
        let dice = Dice::seeded(7);
        let hits = (0..10_000).filter(|_| dice.happens(12.5)).count();
        assert!((1_150..1_350).contains(&hits), "{hits}");
        assert!((0..1_000).all(|_| dice.happens(100.0)));
        assert!(!(0..1_000).any(|_| dice.happens(0.0)));
        assert!((0..1_000).all(|_| dice.below(3) < 3));
        assert_eq!(dice.below(0), 0);
    }

    #[test]
    fn a_seed_fixes_the_row() {
        let row = |seed| {
            let dice = Dice::seeded(seed);
            [dice.next(), dice.next()]
        };
        assert_eq!(row(1), row(1));
        assert_ne!(row(1), row(2));
        assert_ne!(Dice::default().next(), Dice::default().next());
    }
}

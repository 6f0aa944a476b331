//! Smooth weighted turns: the sequence is made once, a turn is one addition.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The longest sequence.
const LONGEST: u64 = 4_096;

/// Targets in the order of their turns.
#[derive(Debug)]
pub(super) struct Wheel {
    slots: Box<[u16]>,
    turn: AtomicUsize,
}

impl Wheel {
    /// A sequence in which each target stands as often as its weight says, spread evenly.
    pub(super) fn new(weights: &[u32]) -> Self {
        Self {
            slots: sequence(&scaled(weights)).into(),
            turn: AtomicUsize::new(0),
        }
    }

    /// The targets from the next turn on, once around.
    pub(super) fn turns(&self) -> impl Iterator<Item = usize> {
        let start = self.turn.fetch_add(1, Ordering::Relaxed);
        self.starting_at(start)
    }

    /// The targets from a place on, once around.
    pub(super) fn starting_at(&self, start: usize) -> impl Iterator<Item = usize> {
        let count = self.slots.len();
        (0..count).map(move |step| usize::from(self.slots[(start % count + step) % count]))
    }
}

/// Weights without their common divisor, and so small that the sequence is not too long.
fn scaled(weights: &[u32]) -> Vec<u32> {
    let divisor = weights.iter().copied().fold(0, gcd).max(1);
    let total: u64 = weights.iter().map(|w| u64::from(w / divisor)).sum();
    weights
        .iter()
        .map(|weight| {
            let weight = u64::from(weight / divisor);
            let fitting = if total > LONGEST {
                (weight * LONGEST / total).max(1)
            } else {
                weight
            };
            u32::try_from(fitting).unwrap_or(u32::MAX)
        })
        .collect()
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// In each turn every target gains its weight; the one with the most takes the turn and pays for it with the total.
fn sequence(weights: &[u32]) -> Vec<u16> {
    let total: i64 = weights.iter().map(|w| i64::from(*w)).sum();
    let mut credit = vec![0_i64; weights.len()];
    let mut slots = Vec::new();
    for _ in 0..total {
        let mut best = 0;
        for (index, weight) in weights.iter().enumerate() {
            credit[index] += i64::from(*weight);
            if credit[index] > credit[best] {
                best = index;
            }
        }
        credit[best] -= total;
        slots.push(u16::try_from(best).unwrap_or(u16::MAX));
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_smooth_and_by_weight() {
        assert_eq!(sequence(&scaled(&[5, 1, 1])), [0, 0, 1, 0, 2, 0, 0]);
        assert_eq!(sequence(&scaled(&[100, 100])), [0, 1]);
        let wheel = Wheel::new(&[10_000, 1, 9_999]);
        let counts = (0..4_096).fold([0_u32; 3], |mut counts, _| {
            counts[wheel.turns().next().unwrap()] += 1;
            counts
        });
        assert!(
            counts[1] >= 1 && counts[0].abs_diff(counts[2]) < 10,
            "{counts:?}"
        );
    }

    #[test]
    fn once_around_shows_every_target() {
        let wheel = Wheel::new(&[3, 1]);
        let mut seen: Vec<usize> = wheel.turns().collect();
        seen.sort_unstable();
        assert_eq!(seen, [0, 0, 0, 1]);
    }
}

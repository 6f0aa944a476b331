//! Latency histograms: fixed buckets, merged by addition. The roll-up tables keep one column per bucket.

/// How many buckets there are; the last one has no upper bound.
pub const BUCKETS: usize = 24;

/// Upper bounds of all buckets but the last, in microseconds: 250 us to 30 s, about 1.5 apart where answers usually lie.
pub const BOUNDS: [u64; BUCKETS - 1] = [
    250, 500, 1_000, 2_000, 3_000, 5_000, 7_500, 10_000, 15_000, 25_000, 40_000, 60_000, 100_000,
    150_000, 250_000, 400_000, 600_000, 1_000_000, 1_500_000, 2_500_000, 5_000_000, 10_000_000,
    30_000_000,
];

/// Requests per bucket.
pub type Counts = [i64; BUCKETS];

/// The bucket of a duration in microseconds.
pub fn bucket(micros: u64) -> usize {
    BOUNDS.partition_point(|bound| *bound < micros)
}

/// The duration in microseconds that the share `p` (0 to 1) of the requests stayed within, interpolated inside its bucket;
/// `None` without requests. Requests beyond the last bound count as that bound.
pub fn percentile(counts: &Counts, p: f64) -> Option<u64> {
    let total: i64 = counts.iter().sum();
    if total <= 0 {
        return None;
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts stay far below 2^52, and a percentile is an estimate"
    )]
    let wanted = (total as f64 * p.clamp(0.0, 1.0)).max(1.0);
    let mut below = 0.0;
    for (i, count) in counts.iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "as above")]
        let count = *count as f64;
        if count > 0.0 && below + count >= wanted {
            let low = if i == 0 { 0 } else { BOUNDS[i - 1] };
            let high = BOUNDS.get(i).copied().unwrap_or(low);
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the share lies between 0 and 1"
            )]
            let inside = ((high - low) as f64 * ((wanted - below) / count)) as u64;
            return Some(low + inside);
        }
        below += count;
    }
    BOUNDS.last().copied()
}

/// Adds one histogram to another.
pub fn merge(into: &mut Counts, other: &Counts) {
    for (a, b) in into.iter_mut().zip(other) {
        *a += b;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_their_upper_bound() {
        assert_eq!(bucket(0), 0);
        assert_eq!(bucket(250), 0);
        assert_eq!(bucket(251), 1);
        assert_eq!(bucket(30_000_001), BUCKETS - 1);
    }

    #[test]
    fn percentiles_of_merged_histograms_lie_in_the_right_bucket() {
        let (mut a, mut b) = ([0; BUCKETS], [0; BUCKETS]);
        a[bucket(4_000)] = 90;
        b[bucket(200_000)] = 10;
        merge(&mut a, &b);
        assert_eq!(percentile(&a, 0.5), Some(4_111));
        assert!((150_000..=250_000).contains(&percentile(&a, 0.95).unwrap()));
        assert_eq!(percentile(&[0; BUCKETS], 0.5), None);
    }
}

//! Ids of requests: taken over where they are safe to repeat, made otherwise.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use domain::Timestamp;
use http::HeaderValue;
use uuid::fmt::Hyphenated;
use uuid::{Builder, Uuid};

/// Makes UUIDs (version 7). Their random part is a keyed hash of a counter, the keys are the process's own.
#[derive(Debug)]
pub(crate) struct Ids {
    keys: [RandomState; 2],
    next: AtomicU64,
}

impl Ids {
    pub(crate) fn new() -> Self {
        Self {
            keys: [RandomState::new(), RandomState::new()],
            next: AtomicU64::new(0),
        }
    }

    /// A new id, its time being `now`.
    pub(crate) fn make(&self, now: Timestamp) -> Uuid {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.keys[0].hash_one((n, now.micros())).to_le_bytes());
        random[8..].copy_from_slice(&self.keys[1].hash_one(n).to_le_bytes()[..2]);
        let millis = u64::try_from(now.micros() / 1_000).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

/// An id as a header has it.
pub(crate) fn value(id: Uuid) -> HeaderValue {
    let mut text = [0; Hyphenated::LENGTH];
    let text = id.as_hyphenated().encode_lower(&mut text);
    HeaderValue::from_str(text).expect("an id is hexadecimal and hyphens")
}

/// Whether an id that a caller gave can be repeated in headers and logs: 8 to 64 of `A-Za-z0-9._-`.
pub(crate) fn is_safe(value: &HeaderValue) -> bool {
    let safe = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    (8..=64).contains(&value.len()) && value.as_bytes().iter().all(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_7_and_differ() {
        let ids = Ids::new();
        let now = Timestamp::from_seconds(1_790_000_000);
        let (a, b) = (ids.make(now), ids.make(now));
        assert_ne!(a, b);
        assert_eq!(a.get_version_num(), 7);
        assert!(ids.make(Timestamp::from_seconds(1_790_000_001)) > a);
    }

    #[test]
    fn only_plain_ids_are_taken_over() {
        assert!(is_safe(&HeaderValue::from_static("abc-12345")));
        assert!(!is_safe(&HeaderValue::from_static("a b c d e")));
        assert!(!is_safe(&HeaderValue::from_static("short")));
    }
}

//! What the cache holds and did, for the status and the metrics.

use std::sync::atomic::{AtomicU64, Ordering};

use gateway_policies::cache::store::CacheStore;
use serde::Serialize;

/// The cache of a node.
#[derive(Debug, Serialize)]
pub(crate) struct Cached {
    /// Answers that are stored.
    answers: usize,
    /// About how many bytes they take.
    bytes: usize,
    hits: u64,
    misses: u64,
    stale: u64,
    revalidated: u64,
    collapsed: u64,
    stored: u64,
    evicted: u64,
    purged: u64,
    disk_answers: usize,
    disk_bytes: usize,
    disk_hits: u64,
    disk_written: u64,
    disk_failed: u64,
}

impl Cached {
    pub(crate) fn of(cache: &CacheStore) -> Self {
        let (answers, bytes) = cache.size();
        let (disk_answers, disk_bytes) = cache.size_on_disk();
        let tally = &cache.tally;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Self {
            answers,
            bytes,
            hits: read(&tally.hits),
            misses: read(&tally.misses),
            stale: read(&tally.stale),
            revalidated: read(&tally.revalidated),
            collapsed: read(&tally.collapsed),
            stored: read(&tally.stored),
            evicted: read(&tally.evicted),
            purged: read(&tally.purged),
            disk_answers,
            disk_bytes,
            disk_hits: read(&tally.disk_hits),
            disk_written: read(&tally.disk_written),
            disk_failed: read(&tally.disk_failed),
        }
    }

    /// Names, explanations and values of what only grows.
    pub(crate) fn counters(&self) -> [(&'static str, &'static str, u64); 11] {
        [
            (
                "cache_hits",
                "Answered from the cache while fresh",
                self.hits,
            ),
            (
                "cache_misses",
                "Asked for and not in the cache",
                self.misses,
            ),
            (
                "cache_stale",
                "Answered from the cache although stale",
                self.stale,
            ),
            (
                "cache_revalidated",
                "Found current by the upstream",
                self.revalidated,
            ),
            (
                "cache_collapsed",
                "Waited for another request's answer and got it",
                self.collapsed,
            ),
            ("cache_stored", "Answers put into the cache", self.stored),
            (
                "cache_evicted",
                "Answers pushed out for lack of room",
                self.evicted,
            ),
            (
                "cache_purged",
                "Answers removed by purges and unsafe methods",
                self.purged,
            ),
            (
                "cache_disk_hits",
                "Answers taken back into memory from the disk",
                self.disk_hits,
            ),
            (
                "cache_disk_written",
                "Answers written to the disk when memory had no room",
                self.disk_written,
            ),
            (
                "cache_disk_failed",
                "Answers that the disk did not take or give back",
                self.disk_failed,
            ),
        ]
    }

    /// Names, explanations and values of what goes up and down.
    pub(crate) fn gauges(&self) -> [(&'static str, &'static str, i64); 4] {
        let size = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        [
            ("cache_answers", "Answers in the cache", size(self.answers)),
            (
                "cache_bytes",
                "Bytes that the cache takes, about",
                size(self.bytes),
            ),
            (
                "cache_disk_answers",
                "Answers on the disk",
                size(self.disk_answers),
            ),
            (
                "cache_disk_bytes",
                "Bytes that the cache takes on the disk, about",
                size(self.disk_bytes),
            ),
        ]
    }
}

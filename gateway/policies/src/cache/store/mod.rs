//! The stored answers of one node: bounded in memory, the least recently used ones go first.

mod flight;
mod shard;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use domain::Timestamp;
use domain::id::ApiVersionId;
use http::{HeaderMap, StatusCode};
use parking_lot::Mutex;

pub(super) use flight::{Flight, Flights, Role};
use shard::Shard;

use super::freshness::Freshness;
use super::storable::{Partition, Varying};
use crate::request::Scheme;

const SHARDS: usize = 16;
/// What an entry costs beside its bytes: maps, lists, counters.
const OVERHEAD: usize = 512;

/// What an answer is an answer to. Only answers to GET are stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Resource {
    /// The API version, so that two versions never share an answer.
    pub api_version: ApiVersionId,
    /// How the caller reached the gateway.
    pub scheme: Scheme,
    /// The host, without port.
    pub host: Box<str>,
    /// The canonical path, and the query without the credential.
    pub target: Box<str>,
}

/// An answer that is kept.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its status.
    pub status: StatusCode,
    /// Its headers, without those of the connection.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// How old it is, and how long it may be used.
    pub freshness: Freshness,
    /// By which it can be purged.
    pub tags: Box<[Box<str>]>,
    /// Whose it is; `None` for everybody's.
    pub(super) partition: Option<Partition>,
    /// Which requests it was selected for.
    pub(super) varying: Varying,
    /// How to ask for it again without a caller.
    pub(super) again: Option<Again>,
}

/// The request that the upstream got, to be sent once more.
#[derive(Debug, Clone)]
pub(super) struct Again {
    pub(super) upstream: Box<str>,
    pub(super) target: String,
    pub(super) headers: HeaderMap,
}

impl Stored {
    /// About how much memory it takes, in bytes.
    pub fn size(&self) -> usize {
        let lines = |headers: &HeaderMap| -> usize {
            headers
                .iter()
                .map(|(name, value)| name.as_str().len() + value.len() + 32)
                .sum()
        };
        let again = self.again.as_ref().map_or(0, |again| {
            again.target.len() + again.upstream.len() + lines(&again.headers)
        });
        let varying: usize = self
            .varying
            .iter()
            .map(|(name, value)| name.as_str().len() + value.as_ref().map_or(0, |v| v.len()))
            .sum();
        let tags: usize = self.tags.iter().map(|tag| 2 * tag.len() + 32).sum();
        OVERHEAD + self.body.len() + lines(&self.headers) + again + varying + tags
    }
}

/// An order to forget answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purge {
    /// Only answers of these API versions; `None` for all.
    pub versions: Option<HashSet<ApiVersionId>>,
    /// Which of them.
    pub what: What,
}

/// Which answers are purged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Every one.
    All,
    /// What carries the tag (`Cache-Tag`, `Surrogate-Key`).
    Tag(String),
    /// One URL without its scheme, `host/path?query`; with `*` at its end everything that begins so.
    Url(String),
}

/// What the cache did since the node started.
#[derive(Debug, Default)]
pub struct Tally {
    /// Answered from memory while fresh.
    pub hits: AtomicU64,
    /// Nothing was there.
    pub misses: AtomicU64,
    /// Answered from memory although stale.
    pub stale: AtomicU64,
    /// Found current by the upstream.
    pub revalidated: AtomicU64,
    /// Waited for another request's answer and got it.
    pub collapsed: AtomicU64,
    /// Put into memory.
    pub stored: AtomicU64,
    /// Pushed out for lack of room.
    pub evicted: AtomicU64,
    /// Removed by purges and by unsafe methods.
    pub purged: AtomicU64,
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// The store. All workers share one.
pub struct CacheStore {
    shards: Box<[Mutex<Shard>]>,
    keys: RandomState,
    /// What happened.
    pub tally: Tally,
    pub(super) flights: Arc<Flights>,
}

impl CacheStore {
    /// A store that holds at most so many bytes.
    pub fn new(bytes: usize) -> Self {
        Self {
            shards: (0..SHARDS)
                .map(|_| Mutex::new(Shard::new(bytes / SHARDS)))
                .collect(),
            keys: RandomState::new(),
            tally: Tally::default(),
            flights: Arc::default(),
        }
    }

    /// The answer that was selected for such a request and that this caller may get; of several the youngest.
    pub(super) fn find(
        &self,
        resource: &Resource,
        partition: &Partition,
        request: &HeaderMap,
        now: Timestamp,
    ) -> Option<Arc<Stored>> {
        self.shard(resource)
            .lock()
            .find(resource, partition, request, now)
    }

    /// How far the removals of a resource's part of the store have come: to be taken before the upstream is asked.
    pub(super) fn epoch(&self, resource: &Resource) -> u64 {
        self.shard(resource).lock().epoch()
    }

    /// Stores an answer in the place of the one that was selected for the same requests. Not when its resource was
    /// removed since `epoch`, and not when it is too large.
    pub(super) fn put(&self, resource: &Resource, stored: Stored, epoch: u64) -> bool {
        let hash = self.keys.hash_one(resource);
        let put = self
            .shard(resource)
            .lock()
            .put(resource, hash, Arc::new(stored), epoch);
        let Some(evicted) = put else {
            return false;
        };
        count(&self.tally.stored);
        self.tally.evicted.fetch_add(evicted, Ordering::Relaxed);
        true
    }

    /// Removes what is stored for a resource, whoever's it is: an unsafe method changed it.
    pub(super) fn invalidate(&self, resource: &Resource) {
        let hash = self.keys.hash_one(resource);
        let removed = self.shard(resource).lock().invalidate(resource, hash);
        self.tally.purged.fetch_add(removed, Ordering::Relaxed);
    }

    /// Removes what is named; how many answers that was. What was asked for before is not stored any more.
    pub fn purge(&self, purge: &Purge) -> u64 {
        let removed = self
            .shards
            .iter()
            .map(|shard| shard.lock().purge(purge))
            .sum();
        self.tally.purged.fetch_add(removed, Ordering::Relaxed);
        removed
    }

    /// How many answers are stored, and about how many bytes they take.
    pub fn size(&self) -> (usize, usize) {
        self.shards.iter().fold((0, 0), |(count, bytes), shard| {
            let shard = shard.lock();
            (count + shard.len(), bytes + shard.bytes())
        })
    }

    fn shard(&self, resource: &Resource) -> &Mutex<Shard> {
        let hash = self.keys.hash_one(resource);
        let index = usize::try_from(hash % SHARDS as u64).expect("four bits fit");
        &self.shards[index]
    }
}

//! The stored answers of one node: bounded in memory, the least recently used ones go first, to the disk where there is one.

mod disk;
#[cfg(test)]
mod disk_tests;
mod file;
mod flight;
mod shard;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fmt, io};

use bytes::Bytes;
use domain::Timestamp;
use domain::id::ApiVersionId;
use http::{HeaderMap, StatusCode};
use parking_lot::Mutex;

use disk::Disk;
pub use disk::DiskSettings;
use file::BodyFile;
pub(super) use flight::{Flight, Flights, Role};
use shard::{NotPut, Shard};

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
    /// Its body; empty while it is in the file.
    pub body: Bytes,
    /// Where its body is, if that is not in memory.
    pub(super) file: Option<Arc<BodyFile>>,
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

/// An answer whose body is on the disk.
pub(super) struct OnDisk {
    /// All of it but the body.
    pub(super) stored: Arc<Stored>,
    /// How far removals had come before it was found.
    epoch: u64,
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
        let body = self.body.len() + self.file.as_ref().map_or(0, |file| file.length());
        OVERHEAD + body + lines(&self.headers) + again + varying + tags
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
    /// Taken back into memory from the disk.
    pub disk_hits: AtomicU64,
    /// Written to the disk when memory had no room.
    pub disk_written: AtomicU64,
    /// Not written, or not readable any more.
    pub disk_failed: AtomicU64,
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// The store. All workers share one.
pub struct CacheStore {
    shards: Box<[Mutex<Shard>]>,
    keys: RandomState,
    disk: Option<Disk>,
    /// What happened.
    pub tally: Arc<Tally>,
    pub(super) flights: Arc<Flights>,
}

impl CacheStore {
    /// A store that holds at most so many bytes, in memory alone.
    pub fn new(bytes: usize) -> Self {
        Self {
            disk: None,
            shards: (0..SHARDS)
                .map(|_| Mutex::new(Shard::new(bytes / SHARDS)))
                .collect(),
            keys: RandomState::new(),
            tally: Arc::default(),
            flights: Arc::default(),
        }
    }

    /// With a folder for what memory has no room for. Nothing of an earlier start is found again.
    pub fn with_disk(bytes: usize, settings: &DiskSettings) -> io::Result<Self> {
        let mut store = Self::new(bytes);
        store.disk = Some(Disk::open(settings, store.tally.clone())?);
        Ok(store)
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
        let stored = Arc::new(stored);
        // before memory is asked: what leaves it from here on, and is removed then, must not come to the disk
        let on_disk = self.disk.as_ref().map(Disk::epoch);
        match self.keep(resource, stored.clone(), epoch) {
            Ok(()) => {}
            Err(NotPut::TooLarge) => {
                let resource = Arc::new(resource.clone());
                if !self.to_disk(resource, stored, on_disk) {
                    return false;
                }
            }
            Err(NotPut::Removed) => return false,
        }
        count(&self.tally.stored);
        true
    }

    /// Puts an answer into memory, and what has to go for it to the disk.
    fn keep(&self, resource: &Resource, stored: Arc<Stored>, epoch: u64) -> Result<(), NotPut> {
        let on_disk = self.disk.as_ref().map(Disk::epoch);
        let hash = self.keys.hash_one(resource);
        let evicted = self
            .shard(resource)
            .lock()
            .put(resource, hash, stored, epoch)?;
        for (resource, stored) in evicted {
            if !self.to_disk(resource, stored, on_disk) {
                count(&self.tally.evicted);
            }
        }
        Ok(())
    }

    fn to_disk(&self, resource: Arc<Resource>, stored: Arc<Stored>, epoch: Option<u64>) -> bool {
        let (Some(disk), Some(epoch)) = (&self.disk, epoch) else {
            return false;
        };
        let hash = self.keys.hash_one(&*resource);
        disk.take(resource, hash, stored, epoch)
    }

    /// What is on the disk for such a request: to be read by [`CacheStore::read`], away from the threads that carry traffic.
    pub(super) fn find_on_disk(
        &self,
        resource: &Resource,
        partition: &Partition,
        request: &HeaderMap,
        now: Timestamp,
    ) -> Option<OnDisk> {
        let disk = self.disk.as_ref()?;
        // before it is looked for: what is removed from here on must not come back into memory
        let epoch = self.epoch(resource);
        let stored = disk.find(resource, partition, request, now)?;
        Some(OnDisk { stored, epoch })
    }

    /// Reads an answer's body, and takes the answer back into memory where it fits. `None` when it cannot be read. Waits for
    /// the disk.
    pub(super) fn read(&self, resource: &Resource, found: &OnDisk) -> Option<Arc<Stored>> {
        let (disk, file) = (self.disk.as_ref()?, found.stored.file.as_ref()?);
        let body = match file.read() {
            Ok(body) => body,
            Err(error) => {
                count(&self.tally.disk_failed);
                tracing::warn!(%error, "an answer could not be read from the cache's disk");
                disk.forget(&found.stored, resource);
                return None;
            }
        };
        count(&self.tally.disk_hits);
        let whole = Arc::new(Stored {
            body,
            file: None,
            ..Stored::clone(&found.stored)
        });
        // one that does not fit stays on the disk alone
        if self.keep(resource, whole.clone(), found.epoch).is_ok() {
            disk.forget(&found.stored, resource);
        }
        Some(whole)
    }

    /// Removes what is stored for a resource, whoever's it is: an unsafe method changed it.
    pub(super) fn invalidate(&self, resource: &Resource) {
        let hash = self.keys.hash_one(resource);
        let removed = self.remove(
            || self.shard(resource).lock().invalidate(resource, hash),
            |disk| disk.invalidate(resource, hash),
        );
        self.tally.purged.fetch_add(removed, Ordering::Relaxed);
    }

    /// Removes what is named; how many answers that was. What was asked for before is not stored any more.
    pub fn purge(&self, purge: &Purge) -> u64 {
        let in_memory = || {
            self.shards
                .iter()
                .map(|shard| shard.lock().purge(purge))
                .sum()
        };
        let removed = self.remove(in_memory, |disk| disk.purge(purge));
        self.tally.purged.fetch_add(removed, Ordering::Relaxed);
        removed
    }

    /// Removes from memory, from the disk, and from memory again: an answer may be on its way from either to the other.
    fn remove(&self, in_memory: impl Fn() -> u64, on_disk: impl Fn(&Disk) -> u64) -> u64 {
        let first = in_memory();
        match &self.disk {
            Some(disk) => first + on_disk(disk) + in_memory(),
            None => first,
        }
    }

    /// How many answers are stored, and about how many bytes they take.
    pub fn size(&self) -> (usize, usize) {
        self.shards.iter().fold((0, 0), |(count, bytes), shard| {
            let shard = shard.lock();
            (count + shard.len(), bytes + shard.bytes())
        })
    }

    /// How many answers are on the disk, and about how many bytes they take.
    pub fn size_on_disk(&self) -> (usize, usize) {
        self.disk.as_ref().map_or((0, 0), Disk::size)
    }

    fn shard(&self, resource: &Resource) -> &Mutex<Shard> {
        let hash = self.keys.hash_one(resource);
        let index = usize::try_from(hash % SHARDS as u64).expect("four bits fit");
        &self.shards[index]
    }
}

impl fmt::Debug for CacheStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheStore")
            .field("size", &self.size())
            .field("size_on_disk", &self.size_on_disk())
            .finish_non_exhaustive()
    }
}

//! One part of the store, under one lock.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use domain::Timestamp;
use http::HeaderMap;

use super::super::storable::{Partition, matches};
use super::{Purge, Resource, Stored, What};

/// Answers that one resource may have at most: beyond that the oldest goes, whatever `Vary` says.
const VARIANTS: usize = 64;
/// Resources that were removed of late and are remembered as such.
const REMEMBERED: usize = 1_024;

type Id = u64;

pub(super) struct Shard {
    most: usize,
    most_entries: usize,
    bytes: usize,
    next: Id,
    entries: HashMap<Id, Entry>,
    resources: HashMap<Arc<Resource>, Vec<Id>>,
    tags: HashMap<Box<str>, HashSet<Id>>,
    /// From the least recently used to the latest.
    uses: BTreeMap<u64, Id>,
    removals: Removals,
}

/// Which resources were removed: an answer that was asked for before is not stored afterwards.
#[derive(Default)]
struct Removals {
    epoch: u64,
    /// Everything before this epoch counts as removed.
    all_before: u64,
    recent: VecDeque<(u64, u64)>,
}

impl Removals {
    fn all(&mut self) {
        self.epoch += 1;
        self.all_before = self.epoch;
        self.recent.clear();
    }

    fn one(&mut self, hash: u64) {
        self.epoch += 1;
        self.recent.push_back((self.epoch, hash));
        if self.recent.len() > REMEMBERED
            && let Some((epoch, _)) = self.recent.pop_front()
        {
            self.all_before = epoch;
        }
    }

    fn since(&self, epoch: u64, hash: u64) -> bool {
        let removed = |(at, which): &(u64, u64)| *at > epoch && *which == hash;
        self.all_before > epoch || self.recent.iter().any(removed)
    }
}

/// What had to go to make room.
pub(super) type Evicted = Vec<(Arc<Resource>, Arc<Stored>)>;

/// Why an answer was not put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotPut {
    /// Its resource was removed since it was asked for.
    Removed,
    /// It is larger than everything together may be.
    TooLarge,
}

struct Entry {
    resource: Arc<Resource>,
    stored: Arc<Stored>,
    used: u64,
    size: usize,
}

impl Shard {
    pub(super) fn new(most: usize) -> Self {
        Self::bounded(most, usize::MAX)
    }

    /// With a bound on how many there may be besides.
    pub(super) fn bounded(most: usize, most_entries: usize) -> Self {
        Self {
            most,
            most_entries,
            bytes: 0,
            next: 0,
            entries: HashMap::new(),
            resources: HashMap::new(),
            tags: HashMap::new(),
            uses: BTreeMap::new(),
            removals: Removals::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn find(
        &mut self,
        resource: &Resource,
        partition: &Partition,
        request: &HeaderMap,
        now: Timestamp,
    ) -> Option<Arc<Stored>> {
        let ids = self.resources.get(resource)?;
        let found = ids
            .iter()
            .filter_map(|id| Some((*id, self.entries.get(id)?)))
            .filter(|(_, entry)| {
                let owner = entry.stored.partition.as_ref();
                owner.is_none_or(|owner| owner == partition)
                    && matches(&entry.stored.varying, request)
            })
            .min_by_key(|(_, entry)| entry.stored.freshness.age(now))
            .map(|(id, _)| id)?;
        self.touch(found);
        self.entries.get(&found).map(|entry| entry.stored.clone())
    }

    pub(super) fn epoch(&self) -> u64 {
        self.removals.epoch
    }

    /// The answers that had to go, or why this one was not put.
    pub(super) fn put(
        &mut self,
        resource: &Resource,
        hash: u64,
        stored: Arc<Stored>,
        epoch: u64,
    ) -> Result<Evicted, NotPut> {
        if self.removals.since(epoch, hash) {
            return Err(NotPut::Removed);
        }
        let size = stored.size() + 2 * (resource.host.len() + resource.target.len());
        let same =
            |other: &Stored| other.partition == stored.partition && other.varying == stored.varying;
        if let Some(ids) = self.resources.get(resource) {
            let replaced = ids
                .iter()
                .find(|id| self.entries.get(id).is_some_and(|e| same(&e.stored)))
                .or_else(|| ids.first().filter(|_| ids.len() >= VARIANTS))
                .copied();
            if let Some(id) = replaced {
                self.drop_entry(id);
            }
        }
        if size > self.most {
            return Err(NotPut::TooLarge);
        }
        let mut evicted = Evicted::new();
        while self.bytes + size > self.most || self.entries.len() >= self.most_entries {
            let Some((_, id)) = self.uses.pop_first() else {
                break;
            };
            evicted.extend(
                self.drop_entry(id)
                    .map(|entry| (entry.resource, entry.stored)),
            );
        }
        let id = self.next;
        self.next += 1;
        let known = self.resources.get_key_value(resource);
        let resource = known.map_or_else(|| Arc::new(resource.clone()), |(key, _)| key.clone());
        self.resources.entry(resource.clone()).or_default().push(id);
        for tag in &stored.tags {
            self.tags.entry(tag.clone()).or_default().insert(id);
        }
        self.uses.insert(id, id);
        self.bytes += size;
        self.entries.insert(
            id,
            Entry {
                resource,
                stored,
                used: id,
                size,
            },
        );
        Ok(evicted)
    }

    pub(super) fn invalidate(&mut self, resource: &Resource, hash: u64) -> u64 {
        self.removals.one(hash);
        let ids = self.resources.get(resource).cloned().unwrap_or_default();
        self.drop_all(ids)
    }

    /// Removes this very answer, and nothing that took its place meanwhile.
    pub(super) fn forget(&mut self, resource: &Resource, stored: &Arc<Stored>) {
        let is_it = |id: &&Id| {
            let entry = self.entries.get(id);
            entry.is_some_and(|entry| Arc::ptr_eq(&entry.stored, stored))
        };
        let found = self.resources.get(resource);
        if let Some(id) = found.and_then(|ids| ids.iter().find(is_it)).copied() {
            self.drop_entry(id);
        }
    }

    pub(super) fn purge(&mut self, purge: &Purge) -> u64 {
        self.removals.all();
        let mut ids: Vec<Id> = match &purge.what {
            What::All => self.entries.keys().copied().collect(),
            What::Tag(tag) => {
                let ids = self.tags.get(tag.as_str());
                ids.map_or_else(Vec::new, |ids| ids.iter().copied().collect())
            }
            What::Url(url) => match url.strip_suffix('*') {
                Some(begin) => self.ids_where(|resource| begins(resource, begin)),
                None => self.ids_where(|resource| {
                    begins(resource, url)
                        && url.len() == resource.host.len() + resource.target.len()
                }),
            },
        };
        if let Some(versions) = &purge.versions {
            ids.retain(|id| {
                let entry = self.entries.get(id);
                entry.is_some_and(|entry| versions.contains(&entry.resource.api_version))
            });
        }
        self.drop_all(ids)
    }

    fn ids_where(&self, is_meant: impl Fn(&Resource) -> bool) -> Vec<Id> {
        self.resources
            .iter()
            .filter(|(resource, _)| is_meant(resource))
            .flat_map(|(_, ids)| ids.iter().copied())
            .collect()
    }

    fn drop_all(&mut self, ids: Vec<Id>) -> u64 {
        ids.into_iter()
            .map(|id| u64::from(self.drop_entry(id).is_some()))
            .sum()
    }

    fn touch(&mut self, id: Id) {
        // a use takes the next number, as an entry does: both count up in one row
        let used = self.next;
        self.next += 1;
        if let Some(entry) = self.entries.get_mut(&id) {
            self.uses.remove(&entry.used);
            entry.used = used;
            self.uses.insert(used, id);
        }
    }

    fn drop_entry(&mut self, id: Id) -> Option<Entry> {
        let entry = self.entries.remove(&id)?;
        self.bytes -= entry.size;
        self.uses.remove(&entry.used);
        if let Some(ids) = self.resources.get_mut(&entry.resource) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.resources.remove(&entry.resource);
            }
        }
        for tag in &entry.stored.tags {
            if let Some(ids) = self.tags.get_mut(tag) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.tags.remove(tag);
                }
            }
        }
        Some(entry)
    }
}

/// Whether `host` and `target` one after the other begin with a text.
fn begins(resource: &Resource, text: &str) -> bool {
    match text.get(..resource.host.len()) {
        Some(host) => {
            *host == *resource.host && resource.target.starts_with(&text[resource.host.len()..])
        }
        None => resource.host.starts_with(text),
    }
}

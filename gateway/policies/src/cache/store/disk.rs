//! The second tier: answers that memory has no room for, their bodies in files. What is there is known in memory only, and the
//! folder is emptied at each start: a purge that was ordered meanwhile could not be obeyed otherwise.

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use bytes::Bytes;
use domain::Timestamp;
use http::HeaderMap;
use parking_lot::Mutex;

use super::super::storable::Partition;
use super::file::BodyFile;
use super::shard::Shard;
use super::{Purge, Resource, Stored, Tally, count};

/// Smaller bodies are not worth a file.
const SMALLEST: usize = 4 << 10;
/// Answers that are known to be on the disk at most: what is known of each takes memory.
const MOST: usize = 100_000;
/// Answers that wait to be written; what comes on top is forgotten, as it would be without a disk.
const WAITING: usize = 256;

/// Where the second tier is, and how large it may become.
#[derive(Debug, Clone)]
pub struct DiskSettings {
    /// A folder of its own. Everything in it is removed.
    pub folder: PathBuf,
    /// Bytes that the bodies may take together.
    pub bytes: usize,
}

/// The second tier.
pub(super) struct Disk {
    index: Arc<Mutex<Shard>>,
    queue: SyncSender<Job>,
}

enum Job {
    Write {
        resource: Arc<Resource>,
        hash: u64,
        stored: Arc<Stored>,
        epoch: u64,
    },
    /// Everything before this is written.
    #[cfg(test)]
    Mark(SyncSender<()>),
}

impl Disk {
    /// Empties the folder and starts the thread that writes.
    pub(super) fn open(settings: &DiskSettings, tally: Arc<Tally>) -> io::Result<Self> {
        let folder = settings.folder.clone();
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)?;
        empty(&folder)?;
        let index = Arc::new(Mutex::new(Shard::bounded(settings.bytes, MOST)));
        let (queue, jobs) = sync_channel(WAITING);
        let writer = Writer {
            folder,
            index: index.clone(),
            tally,
        };
        std::thread::Builder::new()
            .name("cache-disk".to_owned())
            .spawn(move || writer.run(&jobs))?;
        Ok(Self { index, queue })
    }

    /// Takes over an answer that left memory. `false` when it is not kept: too small for a file, or too much waits already.
    /// It is not written when its resource was removed since `epoch`.
    pub(super) fn take(
        &self,
        resource: Arc<Resource>,
        hash: u64,
        stored: Arc<Stored>,
        epoch: u64,
    ) -> bool {
        if stored.body.len() < SMALLEST {
            return false;
        }
        let job = Job::Write {
            resource,
            hash,
            stored,
            epoch,
        };
        !matches!(
            self.queue.try_send(job),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_))
        )
    }

    /// How far removals have come.
    pub(super) fn epoch(&self) -> u64 {
        self.index.lock().epoch()
    }

    /// As in memory; the body is in the file.
    pub(super) fn find(
        &self,
        resource: &Resource,
        partition: &Partition,
        request: &HeaderMap,
        now: Timestamp,
    ) -> Option<Arc<Stored>> {
        self.index.lock().find(resource, partition, request, now)
    }

    /// Forgets one answer: it is in memory again, or cannot be read.
    pub(super) fn forget(&self, stored: &Arc<Stored>, resource: &Resource) {
        self.index.lock().forget(resource, stored);
    }

    pub(super) fn invalidate(&self, resource: &Resource, hash: u64) -> u64 {
        self.index.lock().invalidate(resource, hash)
    }

    pub(super) fn purge(&self, purge: &Purge) -> u64 {
        self.index.lock().purge(purge)
    }

    /// How many answers there are, and about how many bytes they take.
    pub(super) fn size(&self) -> (usize, usize) {
        let index = self.index.lock();
        (index.len(), index.bytes())
    }

    /// Waits until everything that was taken over is written.
    #[cfg(test)]
    pub(super) fn settle(&self) {
        let (mark, marked) = sync_channel(1);
        self.queue.send(Job::Mark(mark)).unwrap();
        marked.recv().unwrap();
    }
}

struct Writer {
    folder: PathBuf,
    index: Arc<Mutex<Shard>>,
    tally: Arc<Tally>,
}

impl Writer {
    /// Until the store is gone.
    fn run(self, jobs: &Receiver<Job>) {
        // on an upgrade two gateways write here for a while: neither may touch, or take for its own, what the other wrote
        let start = RandomState::new().hash_one(self.folder.as_path());
        let mut number = 0_u64;
        while let Ok(job) = jobs.recv() {
            match job {
                Job::Write {
                    resource,
                    hash,
                    stored,
                    epoch,
                } => {
                    number += 1;
                    let path = self.folder.join(format!("{start:016x}-{number}"));
                    match BodyFile::write(path, &stored.body) {
                        Ok(file) => self.keep(&resource, hash, &stored, file, epoch),
                        Err(error) => {
                            count(&self.tally.disk_failed);
                            tracing::warn!(%error, "an answer could not be written to the cache's disk");
                        }
                    }
                }
                #[cfg(test)]
                Job::Mark(mark) => drop(mark.send(())),
            }
        }
    }

    fn keep(&self, resource: &Resource, hash: u64, stored: &Stored, file: BodyFile, epoch: u64) {
        let kept = Stored {
            body: Bytes::new(),
            file: Some(Arc::new(file)),
            ..stored.clone()
        };
        let put = self.index.lock().put(resource, hash, Arc::new(kept), epoch);
        // what had to go for it is dropped here, after the lock: each takes its file along
        if let Ok(evicted) = put {
            count(&self.tally.disk_written);
            for _ in evicted {
                count(&self.tally.evicted);
            }
        }
    }
}

/// Removes the files of an earlier start. What is no file is none of ours.
fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            match fs::remove_file(entry.path()) {
                // a gateway that is being taken over from was faster
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

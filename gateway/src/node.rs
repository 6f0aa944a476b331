//! This node: its identity on disk, its state for others to see, and its heartbeat in the store.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use domain::id::GatewayNodeId;
use domain::{Id, Timestamp};
use parking_lot::Mutex;
use thiserror::Error;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::ids::Ids;

/// Why the data folder cannot be used.
#[derive(Debug, Error)]
pub enum DataError {
    /// Another gateway runs on it.
    #[error("data folder {} is in use by another gateway", .0.display())]
    InUse(PathBuf),
    /// It cannot be read or written.
    #[error("cannot use {}", path.display())]
    File {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file with the node's id holds something else.
    #[error("{} does not hold a node's id", .0.display())]
    NoId(PathBuf),
}

/// The data folder, held by this process alone.
#[derive(Debug)]
pub(crate) struct DataFolder {
    pub(crate) path: PathBuf,
    pub(crate) node: GatewayNodeId,
    lock: File,
}

impl DataFolder {
    /// Makes the folder where it is missing, locks it, and reads or makes the node's id. A lock that was `inherited` is held
    /// already.
    pub(crate) fn open(
        path: &Path,
        ids: &Ids,
        now: Timestamp,
        inherited: Option<File>,
    ) -> Result<Self, DataError> {
        let trouble = |path: &Path| {
            let path = path.to_owned();
            move |source| DataError::File { path, source }
        };
        for folder in [path.to_owned(), crate::usage::folder(path)] {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&folder)
                .map_err(trouble(&folder))?;
        }
        let lock = match inherited {
            Some(lock) => lock,
            None => lock(path)?,
        };
        let id_path = path.join("node.id");
        let node = match std::fs::read_to_string(&id_path) {
            Ok(text) => text
                .trim()
                .parse::<Uuid>()
                .map_err(|_| DataError::NoId(id_path.clone()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let id = ids.make(now);
                write_new(&id_path, &format!("{id}\n")).map_err(trouble(&id_path))?;
                id
            }
            Err(error) => return Err(trouble(&id_path)(error)),
        };
        Ok(Self {
            path: path.to_owned(),
            node: Id::new(node),
            lock,
        })
    }

    /// The lock for a successor: held until both have let it go.
    pub(crate) fn lock(&self) -> io::Result<OwnedFd> {
        Ok(self.lock.try_clone()?.into())
    }
}

fn lock(folder: &Path) -> Result<File, DataError> {
    let path = folder.join("gateway.lock");
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(|source| DataError::File { path, source })?;
    lock.try_lock()
        .map_err(|_| DataError::InUse(folder.to_owned()))?;
    Ok(lock)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// What others may know about this node.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) id: GatewayNodeId,
    pub(crate) boot: Uuid,
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) started_at: Timestamp,
    /// Whether there is a configuration to serve.
    pub(crate) ready: AtomicBool,
    /// Told when that becomes so.
    pub(crate) became_ready: Notify,
    /// Whether the gateway is on its way out.
    pub(crate) stopping: AtomicBool,
    /// Whether a successor has taken over, and what is left is requests under way.
    pub(crate) retiring: AtomicBool,
    /// Turns true when the database knows that this process speaks as this node no more.
    pub(crate) left: watch::Sender<bool>,
    /// The revision that is served.
    pub(crate) revision: AtomicI64,
    /// The newest revision that the database is known to have.
    pub(crate) newest: AtomicI64,
    /// Whether the database answered when it was last asked.
    pub(crate) connected: AtomicBool,
    /// What stands in the way of the newest configuration.
    pub(crate) snapshot_problem: Mutex<Option<String>>,
    /// Another live process that says it is this node.
    pub(crate) double: Mutex<Option<String>>,
}

impl Node {
    /// Whether requests are served.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire) && !self.stopping.load(Ordering::Acquire)
    }

    /// There is a configuration to serve.
    pub(crate) fn set_ready(&self) {
        self.ready.store(true, Ordering::Release);
        self.became_ready.notify_waiters();
    }

    /// Returns when there is a configuration to serve.
    pub(crate) async fn until_ready(&self) {
        loop {
            let told = self.became_ready.notified();
            if self.ready.load(Ordering::Acquire) {
                return;
            }
            told.await;
        }
    }

    /// The worst thing to say about the node, in a few words.
    pub(crate) fn problem(&self, others: &[Option<String>]) -> String {
        let own = [
            self.double.lock().clone(),
            self.snapshot_problem.lock().clone(),
        ];
        own.iter()
            .chain(others)
            .flatten()
            .next()
            .cloned()
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_stays_and_the_folder_is_held() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway");
        let (ids, now) = (Ids::new(), Timestamp::from_seconds(1));
        let first = DataFolder::open(&path, &ids, now, None).unwrap();
        let node = first.node;
        let error = DataFolder::open(&path, &ids, now, None).unwrap_err();
        assert!(matches!(error, DataError::InUse(_)), "{error}");
        drop(first);
        assert_eq!(DataFolder::open(&path, &ids, now, None).unwrap().node, node);
        std::fs::write(path.join("node.id"), "me").unwrap();
        assert!(matches!(
            DataFolder::open(&path, &ids, now, None),
            Err(DataError::NoId(_))
        ));
    }
}

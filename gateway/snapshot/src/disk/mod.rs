//! The snapshot on disk: a node starts from it when the database is gone. Two generations, each a base file and a log of
//! changes; what is damaged is noticed, said, and passed over for the one before.

mod generation;
mod record;
#[cfg(test)]
mod tests;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::model::{Change, Entity};

/// A log shorter than this is never worth a new base.
const SMALL_LOG: u64 = 1 << 20;

/// What can go wrong while writing. Reading never fails: it says what it could not use.
#[derive(Debug, Error)]
pub enum DiskError {
    /// The folder cannot be made or listed.
    #[error("the snapshot folder `{}` cannot be used", .path.display())]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("the snapshot file `{}` cannot be written", .path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is no base to append to, or the log is broken off: write a base first.
    #[error("no base has been written that changes could be appended to")]
    NoBase,
}

/// What was found on disk.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The newest state that can be trusted; `None` when there is none.
    pub state: Option<State>,
    /// What could not be used, and why. Empty when all is well.
    pub notes: Vec<String>,
}

/// A whole configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Its revision.
    pub revision: i64,
    /// Its entities, in the order of application.
    pub entities: Vec<Entity>,
}

/// The snapshot folder of one node. One process at a time.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    log: Option<Log>,
}

#[derive(Debug)]
struct Log {
    file: File,
    path: PathBuf,
    revision: i64,
    length: u64,
    base_length: u64,
}

impl Disk {
    /// Opens the folder, which is made (0700) where it is missing.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, DiskError> {
        let folder = folder.into();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(|source| DiskError::Folder {
                path: folder.clone(),
                source,
            })?;
        Ok(Self { folder, log: None })
    }

    /// Reads the newest state that can be trusted. Of a damaged log everything before the damage counts; for a damaged base
    /// the generation before it stands in, with the logs of both where they fit together.
    pub fn load(&self) -> Loaded {
        let mut loaded = Loaded::default();
        let numbers = match self.generations() {
            Ok(numbers) => numbers,
            Err(error) => {
                loaded.notes.push(error.to_string());
                return loaded;
            }
        };
        for (place, number) in numbers.iter().enumerate().rev() {
            let path = generation::base_path(&self.folder, *number);
            match generation::read_base(&path) {
                Ok((revision, entities)) => {
                    let later = &numbers[place..];
                    let state = self.with_logs(later, revision, entities, &mut loaded.notes);
                    loaded.state = Some(state);
                    return loaded;
                }
                Err(error) => loaded
                    .notes
                    .push(format!("{}: {}", path.display(), whole(&error))),
            }
        }
        loaded
    }

    /// Writes a new generation. The one before it is kept, older ones go. Changes are appended to this one from now on.
    pub fn write_base<'e>(
        &mut self,
        revision: i64,
        entities: impl IntoIterator<Item = &'e Entity>,
    ) -> Result<(), DiskError> {
        let numbers = self.generations()?;
        let before = numbers.last().copied();
        let number = before.map_or(1, |n| n + 1);
        let base_length = generation::write_base(&self.folder, number, revision, entities)?;
        self.log = None;
        let file = generation::start_log(&self.folder, number, revision)?;
        let path = generation::log_path(&self.folder, number);
        let length = file
            .metadata()
            .map_err(|source| DiskError::Write {
                path: path.clone(),
                source,
            })?
            .len();
        self.log = Some(Log {
            file,
            path,
            revision,
            length,
            base_length,
        });
        self.clean(before);
        Ok(())
    }

    /// Appends the changes that lead to a revision, durably. After a failure the log is as it was before, or closed.
    pub fn append(&mut self, revision: i64, changes: Vec<Change>) -> Result<(), DiskError> {
        let log = self.log.as_mut().ok_or(DiskError::NoBase)?;
        let write = || -> io::Result<u64> {
            let content = generation::log_records(log.revision, revision, changes)?;
            log.file.write_all(&content)?;
            log.file.sync_data()?;
            Ok(content.len() as u64)
        };
        match write() {
            Ok(written) => {
                log.length += written;
                log.revision = revision;
                Ok(())
            }
            Err(source) => {
                let path = log.path.clone();
                // Half a record at the end would hide every record after it.
                if log.file.set_len(log.length).is_err() {
                    self.log = None;
                }
                Err(DiskError::Write { path, source })
            }
        }
    }

    /// Whether the log has grown so long that a new base is worth writing.
    pub fn wants_base(&self) -> bool {
        match &self.log {
            Some(log) => log.length > SMALL_LOG.max(log.base_length / 2),
            None => true,
        }
    }

    fn with_logs(
        &self,
        numbers: &[u64],
        mut revision: i64,
        mut entities: generation::Entities,
        notes: &mut Vec<String>,
    ) -> State {
        for number in numbers {
            let path = generation::log_path(&self.folder, *number);
            let (reached, error) = generation::replay(&path, revision, &mut entities);
            revision = reached;
            if let Some(error) = error {
                notes.push(format!(
                    "{}: {}; changes after revision {reached} are lost",
                    path.display(),
                    whole(&error)
                ));
                break;
            }
        }
        State {
            revision,
            entities: entities.into_values().collect(),
        }
    }

    /// The numbers of the generations of which there is a file, oldest first.
    fn generations(&self) -> Result<Vec<u64>, DiskError> {
        let failed = |source| DiskError::Folder {
            path: self.folder.clone(),
            source,
        };
        let mut numbers: Vec<u64> = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let number = name
                .to_str()
                .and_then(|n| n.strip_suffix(".base").or(n.strip_suffix(".log")));
            numbers.extend(number.and_then(|n| n.parse::<u64>().ok()));
        }
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    /// Removes what is older than the generation before, and what a crash left unfinished.
    fn clean(&self, before: Option<u64>) {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            let number = path
                .file_stem()
                .and_then(|stem| stem.to_str()?.parse::<u64>().ok());
            let Some(number) = number else { continue };
            let is_unfinished = path.extension().is_some_and(|e| e == "tmp");
            let is_old = before.is_some_and(|before| number < before);
            if !is_unfinished && !is_old {
                continue;
            }
            if let Err(error) = fs::remove_file(&path) {
                tracing::warn!(path = %path.display(), %error, "an old snapshot file stays");
            }
        }
    }
}

/// Creates a file that only its owner may read. Writes go to its end, also after it was cut back.
fn create_private(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new()
        .append(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// Makes a rename or a new name durable.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// An error with its causes in one line.
fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

//! The journal: one locked file per node and start, of entries that are framed by their length and check sum.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::batch::Batch;
use crate::config::Durability;

const MAGIC: &[u8; 8] = b"GHUSAGE2";
const HEADER: u64 = 16;
/// No entry is larger: a length beyond it is a torn or foreign file.
const MOST: usize = 64 * 1024 * 1024;
const SUFFIX: &str = "journal";

/// Why the journal did not open.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The file or folder cannot be used.
    #[error("cannot use the usage journal {}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// The number of the next journal: larger than that of every earlier start, also when the clock was set back. A number
/// that was used before would make its entries look written.
pub(crate) fn next_epoch(
    folder: &Path,
    leftovers: &[Leftover],
    now: Timestamp,
) -> Result<i64, JournalError> {
    let path = folder.join("epoch");
    let trouble = |source| JournalError::File {
        path: path.clone(),
        source,
    };
    let kept = match std::fs::read_to_string(&path) {
        Ok(text) => text.trim().parse().unwrap_or(0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(trouble(error)),
    };
    let last = leftovers.iter().map(|l| l.epoch).fold(kept, i64::max);
    let next = now.micros().max(last + 1);
    let new = folder.join("epoch.new");
    std::fs::write(&new, format!("{next}\n")).map_err(trouble)?;
    std::fs::rename(&new, &path).map_err(trouble)?;
    Ok(next)
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry<B> {
    sequence: i64,
    batch: B,
}

/// An entry as it is in the file.
fn frame(sequence: i64, batch: &Batch) -> io::Result<Vec<u8>> {
    let payload = postcard::to_stdvec(&Entry { sequence, batch }).map_err(io::Error::other)?;
    let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
    let mut frame = Vec::with_capacity(payload.len() + 8);
    frame.extend_from_slice(&length.to_le_bytes());
    frame.extend_from_slice(&crc32fast::hash(&payload).to_le_bytes());
    frame.extend_from_slice(&payload);
    Ok(frame)
}

/// A new file without entries, locked.
fn begin(path: &Path, epoch: i64) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let options = options.append(true).create_new(true).mode(0o600);
    let mut file = options.open(path)?;
    file.try_lock()?;
    let mut header = MAGIC.to_vec();
    header.extend_from_slice(&epoch.to_le_bytes());
    file.write_all(&header)?;
    Ok(file)
}

/// The journal of this start.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
    epoch: i64,
    sequence: i64,
    bytes: u64,
    durability: Durability,
}

impl Journal {
    /// Begins a journal; `epoch` is larger than that of every earlier start.
    pub(crate) fn create(
        folder: &Path,
        epoch: i64,
        durability: Durability,
    ) -> Result<Self, JournalError> {
        let path = folder.join(format!("{epoch}.{SUFFIX}"));
        let trouble = |source| JournalError::File {
            path: path.clone(),
            source,
        };
        Ok(Self {
            file: begin(&path, epoch).map_err(trouble)?,
            path,
            epoch,
            sequence: 0,
            bytes: 0,
            durability,
        })
    }

    /// Bytes of entries in the file.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds an entry and answers its number.
    pub(crate) fn append(&mut self, batch: Batch) -> Result<(i64, Batch), (io::Error, Batch)> {
        let sequence = self.sequence + 1;
        match self.write(sequence, &batch) {
            Ok(bytes) => {
                self.bytes += bytes;
                self.sequence = sequence;
                Ok((sequence, batch))
            }
            Err(error) => {
                // half an entry would hide what comes after it
                let _ = self.file.set_len(HEADER + self.bytes);
                Err((error, batch))
            }
        }
    }

    fn write(&mut self, sequence: i64, batch: &Batch) -> io::Result<u64> {
        let frame = frame(sequence, batch)?;
        self.file.write_all(&frame)?;
        if self.durability == Durability::Strict {
            self.file.sync_data()?;
        }
        Ok(frame.len() as u64)
    }

    /// Empties the file, when everything up to its last entry is in SQL; answers whether that is so.
    pub(crate) fn flushed(&mut self, sequence: i64) -> io::Result<bool> {
        if sequence != self.sequence {
            return Ok(false);
        }
        if self.bytes > 0 {
            self.file.set_len(HEADER)?;
            self.bytes = 0;
        }
        Ok(true)
    }

    /// Replaces everything in the file, at once, by the entries that are not in SQL: sums of several, by the number of the
    /// last one of each.
    pub(crate) fn keep_only<'a>(
        &mut self,
        rest: impl Iterator<Item = (i64, &'a Batch)>,
    ) -> io::Result<()> {
        let new = self.path.with_extension("new");
        // one that a crash left behind
        if let Err(error) = std::fs::remove_file(&new)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        let mut entries = Vec::new();
        for (sequence, batch) in rest {
            entries.extend_from_slice(&frame(sequence, batch)?);
        }
        let mut file = begin(&new, self.epoch)?;
        file.write_all(&entries)?;
        // also where entries are not waited for: the old file must not go before the new one is there
        file.sync_data()?;
        std::fs::rename(&new, &self.path)?;
        self.file = file;
        self.bytes = entries.len() as u64;
        Ok(())
    }

    /// Removes the file: everything in it is in SQL, and nothing more will come.
    pub(crate) fn remove(self) -> io::Result<()> {
        if self.bytes == 0 {
            std::fs::remove_file(&self.path)?;
        }
        Ok(())
    }
}

/// The journal of an earlier start, with what may not be in SQL yet.
#[derive(Debug)]
pub(crate) struct Leftover {
    pub(crate) path: PathBuf,
    pub(crate) epoch: i64,
    pub(crate) entries: Vec<(i64, Batch)>,
    /// Held so that no second process replays it.
    _file: File,
}

/// The journals that earlier starts left behind, the oldest first. What another process holds is left alone, and so is the
/// journal of this start, `own`.
pub(crate) fn leftovers(folder: &Path, own: Option<i64>) -> Result<Vec<Leftover>, JournalError> {
    let own = own.map(|epoch| folder.join(format!("{epoch}.{SUFFIX}")));
    let trouble = |path: &Path| {
        let path = path.to_owned();
        move |source| JournalError::File { path, source }
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(trouble(folder))? {
        let path = entry.map_err(trouble(folder))?.path();
        if path.extension().is_none_or(|suffix| suffix != SUFFIX) || own.as_ref() == Some(&path) {
            continue;
        }
        let mut file = match File::open(&path) {
            // a gateway that ends has removed it since the folder was read
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened.map_err(trouble(&path))?,
        };
        if file.try_lock().is_err() || !is_at(&file, &path).map_err(trouble(&path))? {
            tracing::info!(path = %path.display(), "another process holds this journal");
            continue;
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(trouble(&path))?;
        let Some(epoch) = epoch_of(&bytes) else {
            tracing::error!(path = %path.display(), "not a usage journal; left alone");
            continue;
        };
        found.push(Leftover {
            entries: entries(&bytes, &path),
            epoch,
            path,
            _file: file,
        });
    }
    found.sort_by_key(|leftover| leftover.epoch);
    Ok(found)
}

/// Whether a file is still the one of this name: another process may have removed it, or written it anew, just before its
/// lock came free.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let own = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (own.dev(), own.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn epoch_of(bytes: &[u8]) -> Option<i64> {
    let rest = bytes.strip_prefix(MAGIC)?;
    Some(i64::from_le_bytes(rest.first_chunk::<8>().copied()?))
}

/// The whole entries, up to the first that is torn: the write that a crash cut off.
fn entries(bytes: &[u8], path: &Path) -> Vec<(i64, Batch)> {
    let mut rest = bytes.get(16..).unwrap_or_default();
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let Some((entry, after)) = next_entry(rest) else {
            tracing::warn!(path = %path.display(), bytes = rest.len(), "the end of the journal is torn and lost");
            break;
        };
        entries.push((entry.sequence, entry.batch));
        rest = after;
    }
    entries
}

fn next_entry(bytes: &[u8]) -> Option<(Entry<Batch>, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (check, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    if length > MOST {
        return None;
    }
    let (payload, rest) = rest.split_at_checked(length)?;
    if crc32fast::hash(payload) != u32::from_le_bytes(*check) {
        return None;
    }
    Some((postcard::from_bytes(payload).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use domain::id::SubscriptionId;
    use store::quotas::Charge;

    use super::*;

    fn batch(used: i64) -> Batch {
        Batch {
            charges: vec![Charge {
                subscription_id: SubscriptionId::NIL,
                period_start: Timestamp::from_seconds(0),
                used,
            }],
            ..Batch::default()
        }
    }

    #[test]
    fn what_was_written_is_read_and_a_torn_end_costs_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(folder.path(), 7, Durability::Strict).unwrap();
        for n in 1..=3 {
            journal.append(batch(n)).unwrap();
        }
        let path = journal.path.clone();
        assert!(
            leftovers(folder.path(), None).unwrap().is_empty(),
            "the journal in use is locked"
        );
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        let found = leftovers(folder.path(), None).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].epoch, 7);
        assert_eq!(found[0].entries, vec![(1, batch(1)), (2, batch(2))]);
    }

    #[test]
    fn the_file_is_emptied_only_when_its_last_entry_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(folder.path(), 1, Durability::Relaxed).unwrap();
        journal.append(batch(1)).unwrap();
        journal.append(batch(1)).unwrap();
        journal.flushed(1).unwrap();
        assert!(journal.bytes() > 0);
        journal.flushed(2).unwrap();
        assert_eq!(journal.bytes(), 0);
        journal.append(batch(9)).unwrap();
        drop(journal);
        let found = leftovers(folder.path(), None).unwrap();
        assert_eq!(found[0].entries, vec![(3, batch(9))]);
    }

    #[test]
    fn a_journal_that_never_rests_keeps_only_what_is_not_in_sql() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(folder.path(), 7, Durability::Relaxed).unwrap();
        for n in 1..=100 {
            journal.append(batch(n)).unwrap();
        }
        let before = journal.bytes();
        std::fs::write(folder.path().join("7.new"), "of a crash").unwrap();
        // up to 98 in SQL
        assert!(!journal.flushed(98).unwrap());
        journal
            .keep_only([(99, &batch(99)), (100, &batch(100))].into_iter())
            .unwrap();
        assert!(journal.bytes() < before / 20);
        assert!(leftovers(folder.path(), None).unwrap().is_empty(), "locked");
        journal.append(batch(3)).unwrap();
        drop(journal);
        let found = leftovers(folder.path(), None).unwrap();
        assert_eq!(found[0].epoch, 7);
        assert_eq!(
            found[0].entries,
            vec![(99, batch(99)), (100, batch(100)), (101, batch(3))]
        );
    }

    #[test]
    fn a_journal_that_was_written_anew_is_not_the_one_that_was_opened() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(folder.path(), 7, Durability::Relaxed).unwrap();
        journal.append(batch(1)).unwrap();
        let opened = File::open(&journal.path).unwrap();
        assert!(is_at(&opened, &journal.path).unwrap());
        journal.keep_only([(1, &batch(1))].into_iter()).unwrap();
        opened.try_lock().expect("nobody holds the old one");
        assert!(!is_at(&opened, &journal.path).unwrap());
        std::fs::remove_file(&journal.path).unwrap();
        assert!(!is_at(&opened, &journal.path).unwrap());
    }

    #[test]
    fn a_journal_that_goes_while_the_folder_is_read_is_no_trouble() {
        let folder = tempfile::tempdir().unwrap();
        // named in the folder, and not there to be opened
        std::os::unix::fs::symlink("gone", folder.path().join("3.journal")).unwrap();
        drop(Journal::create(folder.path(), 7, Durability::Relaxed).unwrap());
        let found = leftovers(folder.path(), None).unwrap();
        assert_eq!(found.iter().map(|l| l.epoch).collect::<Vec<_>>(), [7]);
    }

    #[test]
    fn no_number_is_used_twice() {
        let folder = tempfile::tempdir().unwrap();
        let at =
            |seconds| next_epoch(folder.path(), &[], Timestamp::from_seconds(seconds)).unwrap();
        let first = at(100);
        assert!(at(100) > first);
        assert_eq!(at(50), first + 2);
        assert_eq!(at(200), 200_000_000);
    }
}

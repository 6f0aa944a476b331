//! One generation on disk: a base file with every entity, and a log of the changes since.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use domain::change::ChangeKind;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use super::record::{self, Reader, RecordError};
use super::{DiskError, create_private, sync_folder};
use crate::model::{Change, Entity};

/// Raised whenever the model's shape changes: postcard has no names to find a difference by.
const FORMAT: u32 = 10;

/// The entities by kind and id: in the order of application.
pub(super) type Entities = BTreeMap<(ChangeKind, Uuid), Entity>;

#[derive(Serialize, Deserialize)]
struct Head {
    magic: [u8; 8],
    format: u32,
    revision: i64,
}

/// A base file is entities and, last, this.
#[derive(Serialize, Deserialize)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every record is an entity"
)]
enum BaseRecord {
    Entity(Entity),
    /// How many there were, and the sum of all check sums: a file that was cut between two records is noticed.
    End {
        count: u64,
        sum: u64,
    },
}

#[derive(Serialize, Deserialize)]
struct LogRecord {
    revision: i64,
    changes: Vec<Change>,
}

/// Why a file cannot be used.
#[derive(Debug, Error)]
pub(super) enum FileError {
    #[error("it cannot be opened")]
    Open(#[source] std::io::Error),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error("it is empty")]
    Empty,
    #[error("it is not a snapshot of this program")]
    Magic,
    #[error("it is of format {0}, and this version reads format {FORMAT}")]
    Format(u32),
    #[error("its end is missing")]
    NoEnd,
    #[error("its end does not fit what stands before it")]
    BadEnd,
}

const BASE: [u8; 8] = *b"ghsnapsh";
const LOG: [u8; 8] = *b"ghsnalog";

pub(super) fn base_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:08}.base"))
}

pub(super) fn log_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:08}.log"))
}

/// Writes a base file: whole and durable under its name, or not there at all. Returns its length.
pub(super) fn write_base<'e>(
    folder: &Path,
    number: u64,
    revision: i64,
    entities: impl IntoIterator<Item = &'e Entity>,
) -> Result<u64, DiskError> {
    let path = base_path(folder, number);
    let failed = |source| DiskError::Write {
        path: path.clone(),
        source,
    };
    let unfinished = path.with_extension("tmp");
    let file = create_private(&unfinished).map_err(failed)?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let write = |out: &mut BufWriter<File>| -> std::io::Result<()> {
        record::write(out, &head(BASE, revision))?;
        let (mut count, mut sum) = (0, 0_u64);
        for entity in entities {
            sum = sum.wrapping_add(u64::from(record::write(out, &EntityRecord(entity))?));
            count += 1;
        }
        record::write(out, &BaseRecord::End { count, sum })?;
        out.flush()?;
        out.get_ref().sync_all()
    };
    write(&mut out).map_err(failed)?;
    let length = out.get_ref().metadata().map_err(failed)?.len();
    drop(out);
    std::fs::rename(&unfinished, &path).map_err(failed)?;
    sync_folder(folder).map_err(failed)?;
    Ok(length)
}

/// [`BaseRecord::Entity`] without owning the entity.
struct EntityRecord<'e>(&'e Entity);

impl Serialize for EntityRecord<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_variant("BaseRecord", 0, "Entity", self.0)
    }
}

/// Reads a base file: its revision and its entities, or why it cannot be trusted.
pub(super) fn read_base(path: &Path) -> Result<(i64, Entities), FileError> {
    let mut reader = open(path)?;
    let revision = read_head(&mut reader, BASE)?;
    let mut entities = Entities::new();
    let (mut count, mut sum) = (0_u64, 0_u64);
    loop {
        match reader.next::<BaseRecord>()? {
            Some((BaseRecord::Entity(entity), check)) => {
                entities.insert((entity.kind(), entity.id()), entity);
                count += 1;
                sum = sum.wrapping_add(u64::from(check));
            }
            Some((BaseRecord::End { count: c, sum: s }, _)) if c == count && s == sum => {
                return Ok((revision, entities));
            }
            Some((BaseRecord::End { .. }, _)) => return Err(FileError::BadEnd),
            None => return Err(FileError::NoEnd),
        }
    }
}

/// Starts an empty log on top of a revision.
pub(super) fn start_log(folder: &Path, number: u64, revision: i64) -> Result<File, DiskError> {
    let path = log_path(folder, number);
    let write = || -> std::io::Result<File> {
        let mut file = create_private(&path)?;
        let mut content = Vec::new();
        record::write(&mut content, &head(LOG, revision))?;
        file.write_all(&content)?;
        file.sync_all()?;
        sync_folder(folder)?;
        Ok(file)
    };
    write().map_err(|source| DiskError::Write {
        path: path.clone(),
        source,
    })
}

/// A step from one revision to the next as it is appended to a log. A long one becomes several records, of which only the
/// last claims the new revision.
pub(super) fn log_records(from: i64, to: i64, changes: Vec<Change>) -> std::io::Result<Vec<u8>> {
    const MOST: usize = 10_000;
    let mut content = Vec::new();
    let mut changes = changes.into_iter().peekable();
    loop {
        let part: Vec<Change> = changes.by_ref().take(MOST).collect();
        let is_last = changes.peek().is_none();
        let record = LogRecord {
            revision: if is_last { to } else { from },
            changes: part,
        };
        record::write(&mut content, &record)?;
        if is_last {
            return Ok(content);
        }
    }
}

/// Applies a log to the entities of the revision that it stands on. Returns the revision reached, and why it ends before
/// the file does: the rest is lost, what came before it is whole.
pub(super) fn replay(path: &Path, from: i64, entities: &mut Entities) -> (i64, Option<FileError>) {
    let mut revision = from;
    let mut run = || -> Result<(), FileError> {
        let mut reader = open(path)?;
        if read_head(&mut reader, LOG)? != from {
            return Err(FileError::BadEnd);
        }
        while let Some((step, _)) = reader.next::<LogRecord>()? {
            for change in step.changes {
                let key = (change.kind(), change.id());
                match change {
                    Change::Put(entity) => entities.insert(key, entity),
                    Change::Delete { .. } => entities.remove(&key),
                };
            }
            revision = step.revision;
        }
        Ok(())
    };
    let error = run().err();
    (revision, error)
}

fn head(magic: [u8; 8], revision: i64) -> Head {
    Head {
        magic,
        format: FORMAT,
        revision,
    }
}

fn open(path: &Path) -> Result<Reader<BufReader<File>>, FileError> {
    let file = File::open(path).map_err(FileError::Open)?;
    Ok(Reader::new(BufReader::with_capacity(1 << 16, file)))
}

fn read_head(reader: &mut Reader<BufReader<File>>, magic: [u8; 8]) -> Result<i64, FileError> {
    let (head, _) = reader.next::<Head>()?.ok_or(FileError::Empty)?;
    if head.magic != magic {
        return Err(FileError::Magic);
    }
    if head.format != FORMAT {
        return Err(FileError::Format(head.format));
    }
    Ok(head.revision)
}

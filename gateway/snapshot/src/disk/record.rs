//! Records in a file: length, check sum, content (postcard). What was cut off or changed is noticed.

use std::io::{self, ErrorKind, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// Longer records are damage, whatever their check sum says.
const LONGEST: u32 = 64 << 20;

/// Why a record could not be read.
#[derive(Debug, Error)]
pub(super) enum RecordError {
    /// The file ends inside a record.
    #[error("it ends in the middle of record {0}")]
    CutOff(u64),
    /// The check sum does not fit.
    #[error("record {0} does not fit its check sum")]
    Damaged(u64),
    /// The check sum fits, but another version of the program wrote it.
    #[error("record {0} cannot be read: {1}")]
    Foreign(u64, #[source] postcard::Error),
    /// The disk failed.
    #[error("reading failed")]
    Io(#[from] io::Error),
}

/// Writes one record; returns its check sum.
pub(super) fn write(out: &mut impl Write, value: &impl Serialize) -> io::Result<u32> {
    let content = postcard::to_stdvec(value).map_err(io::Error::other)?;
    let length = u32::try_from(content.len())
        .ok()
        .filter(|length| *length <= LONGEST)
        .ok_or_else(|| io::Error::other("an entity is too large to be kept"))?;
    let mut sum = crc32fast::Hasher::new();
    sum.update(&length.to_le_bytes());
    sum.update(&content);
    let sum = sum.finalize();
    out.write_all(&length.to_le_bytes())?;
    out.write_all(&sum.to_le_bytes())?;
    out.write_all(&content)?;
    Ok(sum)
}

/// Reads records one after the other.
pub(super) struct Reader<R> {
    input: R,
    number: u64,
    buffer: Vec<u8>,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            number: 0,
            buffer: Vec::new(),
        }
    }

    /// The next record with its check sum; `None` at the end of the file.
    pub(super) fn next<T: DeserializeOwned>(&mut self) -> Result<Option<(T, u32)>, RecordError> {
        let mut head = [0; 8];
        let read = read_up_to(&mut self.input, &mut head)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if read < head.len() {
            return Err(RecordError::CutOff(self.number));
        }
        let (length, sum) = head.split_at(4);
        let length = u32::from_le_bytes(length.try_into().expect("four bytes"));
        let sum = u32::from_le_bytes(sum.try_into().expect("four bytes"));
        if length > LONGEST {
            return Err(RecordError::Damaged(self.number));
        }
        self.buffer.clear();
        let wanted = u64::from(length);
        let read = (&mut self.input)
            .take(wanted)
            .read_to_end(&mut self.buffer)?;
        if read as u64 != wanted {
            return Err(RecordError::CutOff(self.number));
        }
        let mut actual = crc32fast::Hasher::new();
        actual.update(&length.to_le_bytes());
        actual.update(&self.buffer);
        if actual.finalize() != sum {
            return Err(RecordError::Damaged(self.number));
        }
        let value = postcard::from_bytes(&self.buffer)
            .map_err(|error| RecordError::Foreign(self.number, error))?;
        Ok(Some((value, sum)))
    }
}

/// Fills as much of the buffer as the file has.
fn read_up_to(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

//! The body of one stored answer in a file of its own. The file goes when nobody can read it any more.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use bytes::Bytes;

/// A file that holds a body.
#[derive(Debug)]
pub(in super::super) struct BodyFile {
    path: PathBuf,
    length: usize,
    check: u32,
}

impl BodyFile {
    /// Writes a body into a new file, which only this user may read.
    pub(super) fn write(path: PathBuf, body: &[u8]) -> io::Result<Self> {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        // from here on dropping it removes what was written of it
        let written = Self {
            path,
            length: body.len(),
            check: crc32fast::hash(body),
        };
        file.write_all(body)?;
        Ok(written)
    }

    /// The body, if it is still what was written.
    pub(in super::super) fn read(&self) -> io::Result<Bytes> {
        let body = fs::read(&self.path)?;
        if body.len() != self.length || crc32fast::hash(&body) != self.check {
            let what = "the file is not what was written";
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        Ok(Bytes::from(body))
    }

    /// How many bytes it holds.
    pub(super) fn length(&self) -> usize {
        self.length
    }
}

impl Drop for BodyFile {
    fn drop(&mut self) {
        // what cannot be removed now is removed at the next start
        let _ = fs::remove_file(&self.path);
    }
}

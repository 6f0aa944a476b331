//! Pages of a document that wait to be written: those of a large document are several times its size, and wait in a file.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use parking_lot::Mutex;

/// How many bytes wait in memory; a document with less never meets the disk.
const IN_MEMORY: usize = 32 << 20;

/// Where pages wait.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    in_memory: usize,
    /// Without a name, so that it is gone with the process.
    file: Option<Mutex<File>>,
    end: u64,
}

/// A page on the shelf.
#[derive(Debug)]
pub(super) enum Kept {
    InMemory(String),
    InFile { at: u64, length: usize },
}

impl Shelf {
    /// Puts a page on it. Where no file can be written it stays in memory.
    pub(super) fn put(&mut self, page: String) -> Kept {
        if self.in_memory + page.len() > IN_MEMORY
            && let Ok(at) = self.write(page.as_bytes())
        {
            return Kept::InFile {
                at,
                length: page.len(),
            };
        }
        self.in_memory += page.len();
        Kept::InMemory(page)
    }

    fn write(&mut self, page: &[u8]) -> io::Result<u64> {
        if self.file.is_none() {
            self.file = Some(Mutex::new(tempfile::tempfile()?));
        }
        let at = self.end;
        if let Some(file) = &mut self.file {
            let file = file.get_mut();
            file.seek(SeekFrom::Start(at))?;
            file.write_all(page)?;
        }
        self.end += page.len() as u64;
        Ok(at)
    }

    /// Reads a page of this shelf.
    pub(super) fn get(&self, page: &Kept) -> io::Result<String> {
        let (at, length) = match page {
            Kept::InMemory(text) => return Ok(text.clone()),
            Kept::InFile { at, length } => (*at, *length),
        };
        let file = self.file.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let mut bytes = vec![0; length];
        let mut file = file.lock();
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut bytes)?;
        String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_come_back_from_memory_and_from_the_file() {
        let mut shelf = Shelf::default();
        let page = |number: usize| format!("{number}").repeat(3 << 20);
        let kept: Vec<Kept> = (10..40).map(|number| shelf.put(page(number))).collect();
        let in_file = |kept: &Kept| matches!(kept, Kept::InFile { .. });
        assert!(!in_file(&kept[0]) && in_file(&kept[29]));
        for number in [29, 0, 17, 5] {
            let found = shelf.get(&kept[number]).expect("a page");
            assert!(found == page(number + 10), "{number}");
        }
    }
}

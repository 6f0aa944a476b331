//! Reading files that stay in their folder and in their bounds.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

/// The largest file with a declaration, in bytes: 256 MiB.
pub const FILE_MOST: u64 = 256 << 20;
/// The largest document, page or secret that a declaration names, in bytes: 64 MiB.
pub const DOCUMENT_MOST: u64 = 64 << 20;
/// Folders deeper than this are not looked into.
const DEEPEST: usize = 16;
/// More files than this are not one configuration.
const FILES_MOST: usize = 20_000;

/// The folder that nothing is read outside of.
#[derive(Debug, Clone)]
pub(crate) struct Root(PathBuf);

impl Root {
    /// A folder, with its links resolved.
    pub(crate) fn open(folder: &Path) -> Result<Self, String> {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        fs::canonicalize(folder)
            .map(Self)
            .map_err(|error| format!("cannot be opened: {error}"))
    }

    /// The path of a file as it is told: from the root on.
    pub(crate) fn told(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.0).unwrap_or(path).to_owned()
    }

    /// The file or folder that a file names, with its links resolved, when it lies in the root.
    pub(crate) fn beside(&self, file: &Path, named: &str) -> Result<PathBuf, String> {
        let named = Path::new(named);
        if named.is_absolute()
            || named
                .components()
                .any(|part| matches!(part, Component::Prefix(_)))
        {
            return Err("is not a path from the file that names it".to_owned());
        }
        let folder = file.parent().unwrap_or(&self.0);
        self.inside(&folder.join(named))
    }

    /// A path with its links resolved, when it lies in the root.
    pub(crate) fn inside(&self, path: &Path) -> Result<PathBuf, String> {
        let real = fs::canonicalize(path).map_err(|error| format!("cannot be read: {error}"))?;
        if real.starts_with(&self.0) {
            Ok(real)
        } else {
            Err("leads out of the folder of the declaration".to_owned())
        }
    }

    /// The files of a folder that hold declarations or documents, in order. Hidden ones are left out.
    pub(crate) fn files(&self, folder: &Path) -> Result<Vec<PathBuf>, String> {
        let mut found = Vec::new();
        self.walk(folder, 0, &mut found)?;
        found.sort();
        Ok(found)
    }

    fn walk(&self, folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), String> {
        if depth > DEEPEST {
            return Err(format!("is deeper than {DEEPEST} folders"));
        }
        let entries = fs::read_dir(folder).map_err(|error| format!("cannot be read: {error}"))?;
        for entry in entries {
            let entry = entry.map_err(|error| format!("cannot be read: {error}"))?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            let path = entry.path();
            if !path.is_dir() && !is_declaration(&path) {
                continue;
            }
            let told = self.told(&path);
            let real = self
                .inside(&path)
                .map_err(|message| format!("`{}` {message}", told.display()))?;
            if real.is_dir() {
                self.walk(&real, depth + 1, found)?;
            } else {
                found.push(real);
            }
            if found.len() > FILES_MOST {
                return Err(format!("holds more than {FILES_MOST} files"));
            }
        }
        Ok(())
    }
}

/// How the files of a declaration look from outside: another one means that it has to be read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp(Vec<Look>);

/// How one file looks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Look {
    path: PathBuf,
    size: u64,
    modified: Option<SystemTime>,
    /// Which file it is, and when it last changed in any way: a rename or a swapped link keeps the other two.
    identity: [i64; 3],
}

/// Looks at the files that were read, and at everything in the folder that may be a declaration: what is new there counts,
/// and what else lies there does not.
pub fn stamp(path: &Path, read: &[PathBuf]) -> Stamp {
    let folder = if path.is_dir() {
        path
    } else {
        path.parent().unwrap_or(path)
    };
    let mut found: Vec<Look> = read.iter().filter_map(|path| look(path.clone())).collect();
    look_around(folder, 0, &mut found);
    found.sort();
    Stamp(found)
}

fn look_around(folder: &Path, depth: usize, found: &mut Vec<Look>) {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with('.') || found.len() > FILES_MOST {
            continue;
        }
        let path = entry.path();
        if is_declaration(&path) {
            found.extend(look(path));
        } else if depth < DEEPEST && path.is_dir() {
            look_around(&path, depth + 1, found);
        }
    }
}

fn look(path: PathBuf) -> Option<Look> {
    let file = fs::metadata(&path).ok()?;
    Some(Look {
        path,
        size: file.len(),
        modified: file.modified().ok(),
        identity: identity(&file),
    })
}

#[cfg(unix)]
fn identity(file: &fs::Metadata) -> [i64; 3] {
    use std::os::unix::fs::MetadataExt as _;
    [file.ino().cast_signed(), file.ctime(), file.ctime_nsec()]
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> [i64; 3] {
    [0; 3]
}

fn is_declaration(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| {
        ["yaml", "yml", "json"]
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

/// The text of a file of at most `most` bytes; a larger one is refused before it is read.
pub(crate) fn text(path: &Path, most: u64) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("cannot be read: {error}");
    let too_large = || format!("is larger than {} MiB", most >> 20);
    let kind = fs::metadata(path).map_err(failed)?;
    if !kind.is_file() {
        return Err("is not a file".to_owned());
    }
    if kind.len() > most {
        return Err(too_large());
    }
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(too_large());
    }
    String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())
}

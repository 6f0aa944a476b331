//! One server process per SQLite file: a lock beside it that names its holder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// The lock of a database file. Given up when dropped, and by the system when the process ends.
#[derive(Debug)]
pub(crate) struct Lock(File);

/// Why the lock was not had.
#[derive(Debug)]
pub(crate) enum Refused {
    /// Another process has it: "process 4711 (gatehouse up)".
    Held(String),
    /// The lock file cannot be made or written.
    Io(std::io::Error),
}

impl Lock {
    /// Takes the lock for `holder`, a name such as "gatehouse up".
    pub(crate) fn take(path: &Path, holder: &str) -> Result<Self, Refused> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(Refused::Io)?;
        match file.try_lock() {
            Ok(()) => {
                let line = format!("process {} ({holder})\n", std::process::id());
                file.set_len(0).map_err(Refused::Io)?;
                file.write_all(line.as_bytes()).map_err(Refused::Io)?;
                Ok(Self(file))
            }
            Err(TryLockError::WouldBlock) => {
                let mut who = String::new();
                let read = file.rewind().and_then(|()| file.read_to_string(&mut who));
                Err(Refused::Held(match read {
                    Ok(_) if !who.trim().is_empty() => who.trim().to_owned(),
                    _ => "another process".to_owned(),
                }))
            }
            Err(TryLockError::Error(error)) => Err(Refused::Io(error)),
        }
    }

    /// Gives it up before the last owner of the database is gone.
    pub(crate) fn release(&self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "the lock of the database could not be given up");
        }
    }
}

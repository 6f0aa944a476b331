//! Opening a database: from a URL to connections, with an error that names what stands in the way.

use std::fs::{DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use thiserror::Error;
use tokio::time::timeout;

use crate::db::{Db, Pools};
use crate::lock::{Lock, Refused};

/// Why a database did not open.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Neither `sqlite:` nor `postgres:`.
    #[error("`{0}` is not a database URL; give `sqlite:PATH` or `postgres://USER@HOST/DATABASE`")]
    NotAUrl(String),
    /// A second process on one SQLite file.
    #[error("database {} is in use by {holder}", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
        /// "process 4711 (gatehouse up)"
        holder: String,
    },
    /// The file or its folder cannot be read or written by this user.
    #[error("no permission to use {}", path.display())]
    NoPermission {
        /// What is closed to this user.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file or its folder can be read only.
    #[error("{} is read-only", path.display())]
    ReadOnly {
        /// What cannot be written.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file where a folder belongs.
    #[error("{} is a file; the data needs a folder", path.display())]
    NotAFolder {
        /// What is in the way.
        path: PathBuf,
    },
    /// Any other trouble with a file.
    #[error("cannot use {}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Another process holds it, and did not let go.
    #[error("database {name} is locked by another process")]
    Locked {
        /// Path or URL without its password.
        name: String,
        /// What the driver said.
        #[source]
        source: Box<crate::Error>,
    },
    /// The file is there and is no database, or the server refused.
    #[error("cannot open database {name}")]
    Database {
        /// Path or URL without its password.
        name: String,
        /// What the driver said.
        #[source]
        source: Box<crate::Error>,
    },
}

/// How a process means to use the database.
#[derive(Debug, Clone, Copy)]
pub enum Access<'a> {
    /// As the one server on it (SQLite: no second one may start). Holds what it is called: "gatehouse up".
    Server(&'a str),
    /// For a moment, beside a server: a command that writes a row.
    Beside,
}

/// How long a statement waits for another process's write on SQLite.
const BUSY: Duration = Duration::from_secs(5);
/// How long a connection is waited for.
const ACQUIRE: Duration = Duration::from_secs(10);
/// How long a server may take to let one in: whoever asks for a page waits as long before hearing that it is gone.
const REACH: Duration = Duration::from_secs(3);
/// How much the writer of a SQLite file keeps of it in memory at most, in the pragma's negative kibibytes. Usage of thousands of
/// callers is added to rows all over its tables: with SQLite's own 2 MB most of its time went to reading pages again.
const WRITER_CACHE: &str = "-32768";
/// Readers of a SQLite file.
const READERS: u32 = 8;
/// Connections to a PostgreSQL server.
const CONNECTIONS: u32 = 16;

impl Db {
    /// Opens `sqlite:PATH` (made when it is not there, 0600) or `postgres://...`. Does not migrate.
    pub async fn open(url: &str, access: Access<'_>) -> Result<Self, OpenError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return open_postgres(url).await;
        }
        match url.strip_prefix("sqlite:") {
            Some(path) => open_sqlite(Path::new(path.trim_start_matches("//")), access).await,
            None => Err(OpenError::NotAUrl(without_password(url))),
        }
    }
}

/// Makes a folder that only this user can look into, and its parents; takes away the rights of others on one that is
/// there. Data, journal and snapshots live in such folders.
pub fn private_folder(path: &Path) -> Result<(), OpenError> {
    if path.is_file() {
        let path = path.to_owned();
        return Err(OpenError::NotAFolder { path });
    }
    let trouble = |source| refused(path, source);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(trouble)?;
    let mode = std::fs::metadata(path)
        .map_err(trouble)?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o700)).map_err(trouble)?;
    }
    Ok(())
}

async fn open_postgres(url: &str) -> Result<Db, OpenError> {
    let trouble = |source| unopened(&without_password(url), source);
    let options = PgConnectOptions::from_str(url).map_err(trouble)?;
    let options = options.application_name("gatehouse");
    // asked once without the pool, which would try again in silence and then only say that its time is over
    let first = timeout(REACH, options.connect()).await;
    first
        .map_err(|_| trouble(sqlx::Error::Io(ErrorKind::TimedOut.into())))?
        .map_err(trouble)?
        .close()
        .await
        .map_err(trouble)?;
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(REACH)
        .connect_with(options)
        .await
        .map_err(trouble)?;
    Ok(Db::new(Pools::Postgres(pool), &without_password(url)))
}

async fn open_sqlite(path: &Path, access: Access<'_>) -> Result<Db, OpenError> {
    if path.as_os_str().is_empty() {
        return Err(OpenError::NotAUrl("sqlite:".to_owned()));
    }
    touch_private(path)?;
    let lock = match access {
        Access::Server(holder) => Some(Arc::new(take_lock(path, holder)?)),
        Access::Beside => None,
    };
    let trouble = |source| unopened(&path.display().to_string(), source);
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .optimize_on_close(true, None);
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.clone().pragma("cache_size", WRITER_CACHE))
        .await
        .map_err(trouble)?;
    let read = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(options.pragma("query_only", "ON"));
    let name = path.display().to_string();
    Ok(Db::new(Pools::Sqlite { read, write, lock }, &name))
}

/// The file is there afterwards, only for this user, and can be written: SQLite itself would say neither what is
/// wrong nor where, and would leave the file open to everybody.
fn touch_private(path: &Path) -> Result<(), OpenError> {
    let trouble = |source| refused(path, source);
    if let Some(folder) = path.parent()
        && !folder.as_os_str().is_empty()
        && !folder.exists()
    {
        private_folder(folder)?;
    }
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(trouble)?;
    let rights = file.metadata().map_err(trouble)?.permissions();
    if rights.mode() & 0o077 != 0 {
        file.set_permissions(PermissionsExt::from_mode(0o600))
            .map_err(trouble)?;
    }
    Ok(())
}

fn take_lock(path: &Path, holder: &str) -> Result<Lock, OpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let lock_path = PathBuf::from(name);
    Lock::take(&lock_path, holder).map_err(|refusal| match refusal {
        Refused::Held(holder) => OpenError::InUse {
            path: path.to_owned(),
            holder,
        },
        Refused::Io(source) => refused(&lock_path, source),
    })
}

fn refused(path: &Path, source: std::io::Error) -> OpenError {
    let path = path.to_owned();
    match source.kind() {
        ErrorKind::PermissionDenied => OpenError::NoPermission { path, source },
        ErrorKind::ReadOnlyFilesystem => OpenError::ReadOnly { path, source },
        _ => OpenError::File { path, source },
    }
}

fn unopened(name: &str, source: sqlx::Error) -> OpenError {
    let name = name.to_owned();
    match crate::Error::from(source) {
        source @ crate::Error::Busy(_) => OpenError::Locked {
            name,
            source: source.into(),
        },
        source => OpenError::Database {
            name,
            source: source.into(),
        },
    }
}

/// A URL as it may stand in a message.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    match rest.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}")
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn messages_hold_no_password() {
        assert_eq!(
            without_password("postgres://gate:s3cr@t@db/gate"),
            "postgres://gate@db/gate"
        );
        assert_eq!(without_password("mysql://db"), "mysql://db");
    }
}

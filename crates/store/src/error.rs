//! The ways in which a statement fails.

use sqlx::error::ErrorKind;
use thiserror::Error;

/// What store functions answer.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a statement failed, the same for both databases.
#[derive(Debug, Error)]
pub enum Error {
    /// A row with the same key is there already.
    #[error("a row of `{table}` with the same key exists")]
    Taken {
        /// The table that holds it.
        table: String,
        /// What the database said.
        #[source]
        source: sqlx::Error,
    },
    /// A row that this one names is not there, or a row that is to go is still named by another.
    #[error("a row refers to one that is not there, or is still referred to")]
    Reference(#[source] sqlx::Error),
    /// Somebody else held the database for too long. Trying again later is right.
    #[error("the database is busy")]
    Busy(#[source] sqlx::Error),
    /// The database takes no writes.
    #[error("the database is read-only")]
    ReadOnly(#[source] sqlx::Error),
    /// Two transactions contradict each other; the whole transaction can be tried again.
    #[error("the transaction lost against another one")]
    Conflict(#[source] sqlx::Error),
    /// The server cannot be reached.
    #[error("the database cannot be reached")]
    Unreachable(#[source] sqlx::Error),
    /// Anything else: a wrong statement, a column that does not decode.
    #[error("the database refused a statement")]
    Statement(#[source] sqlx::Error),
}

impl Error {
    /// Whether this is a row of `table` whose key is taken.
    pub fn is_taken(&self, table: &str) -> bool {
        matches!(self, Self::Taken { table: t, .. } if t == table)
    }

    /// Whether the same work may succeed a moment later.
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Busy(_) | Self::Conflict(_) | Self::Unreachable(_)
        )
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut => Self::Busy(error),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unreachable(error),
            sqlx::Error::Database(database) => {
                let code = database.code().unwrap_or_default().into_owned();
                match database.kind() {
                    ErrorKind::UniqueViolation => Self::Taken {
                        table: table_of(database.as_ref()),
                        source: error,
                    },
                    ErrorKind::ForeignKeyViolation => Self::Reference(error),
                    _ => by_code(&code, error),
                }
            }
            _ => Self::Statement(error),
        }
    }
}

/// SQLite's result codes are numbers (the low byte is the primary one), PostgreSQL's are five characters.
fn by_code(code: &str, error: sqlx::Error) -> Error {
    if let ("40001" | "40P01", _) | (_, Some(517)) = (code, sqlite_code(code)) {
        return Error::Conflict(error);
    }
    match (code, sqlite_code(code).map(|c| c & 0xff)) {
        ("55P03", _) | (_, Some(5 | 6)) => Error::Busy(error),
        ("25006", _) | (_, Some(8)) => Error::ReadOnly(error),
        (c, _) if c.starts_with("08") || c.starts_with("57P") => Error::Unreachable(error),
        _ => Error::Statement(error),
    }
}

fn sqlite_code(code: &str) -> Option<u32> {
    (code.len() < 5).then(|| code.parse().ok()).flatten()
}

/// PostgreSQL names the table; SQLite writes "UNIQUE constraint failed: account.workspace_id, account.email_key".
fn table_of(error: &dyn sqlx::error::DatabaseError) -> String {
    if let Some(table) = error.table() {
        return table.to_owned();
    }
    error
        .message()
        .rsplit(": ")
        .next()
        .and_then(|columns| columns.split('.').next())
        .unwrap_or_default()
        .to_owned()
}

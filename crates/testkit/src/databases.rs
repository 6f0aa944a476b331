//! The same test on both databases.

use std::ops::Deref;

use domain::Timestamp;
use store::{Access, Db};
use tempfile::TempDir;

use crate::line::Line;
use crate::postgres;

/// A migrated, otherwise empty database; gone when dropped.
pub struct TestDb {
    db: Db,
    /// Where the SQLite file is.
    folder: Option<TempDir>,
}

impl Deref for TestDb {
    type Target = Db;
    fn deref(&self) -> &Db {
        &self.db
    }
}

impl TestDb {
    /// A SQLite file in a temporary folder.
    pub async fn sqlite() -> Self {
        let test = Self::empty_sqlite().await;
        store::migrate::run(&test.db, Timestamp::default())
            .await
            .expect("the migrations run on SQLite");
        test
    }

    /// A database of the private PostgreSQL.
    pub async fn postgres() -> Self {
        Self {
            db: postgres::database().await,
            folder: None,
        }
    }

    /// The same, over a line that the test can cut.
    pub async fn postgres_over_line() -> (Self, Line) {
        let (db, line) = postgres::database_over_line().await;
        (Self { db, folder: None }, line)
    }

    /// A SQLite file without a table.
    pub async fn empty_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        Self {
            db: Db::open(&url, Access::Server("test"))
                .await
                .expect("a new SQLite file opens"),
            folder: Some(folder),
        }
    }

    /// A PostgreSQL database without a table.
    pub async fn empty_postgres() -> Self {
        Self {
            db: postgres::empty_database().await,
            folder: None,
        }
    }

    /// The URL of the SQLite file, to open it once more.
    pub fn sqlite_url(&self) -> Option<String> {
        let folder = self.folder.as_ref()?;
        Some(format!(
            "sqlite:{}",
            folder.path().join("test.db").display()
        ))
    }
}

/// Runs a test on SQLite, then on PostgreSQL where that is installed.
pub async fn each_database(test: impl AsyncFn(TestDb)) {
    test(TestDb::sqlite().await).await;
    if postgres::is_installed() {
        test(TestDb::postgres().await).await;
    }
}

/// Runs a test on SQLite only: for what has nothing to do with the dialect.
pub async fn on_sqlite(test: impl AsyncFn(TestDb)) {
    test(TestDb::sqlite().await).await;
}

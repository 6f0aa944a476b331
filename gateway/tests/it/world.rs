//! A small catalogue in a SQLite file, and a gateway over it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use domain::Timestamp;
use domain::id::DEFAULT_WORKSPACE;
use gateway::config::Database;
use gateway::{Config, Gateway, Running};
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use store::{Access, Db};
use tempfile::TempDir;
use uuid::Uuid;

use crate::upstream::Upstream;

/// A catalogue, its database and its upstream. Ids are small numbers.
pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) pool: SqlitePool,
    pub(crate) db: Db,
    pub(crate) upstream: Upstream,
}

impl World {
    /// With the catalogue in it.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("gatehouse.db");
        let db = Db::open(
            &format!("sqlite:{}", file.display()),
            Access::Server("test"),
        )
        .await
        .unwrap();
        store::migrate::run(&db, Timestamp::from_seconds(0))
            .await
            .unwrap();
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePool::connect_with(options).await.unwrap();
        let world = Self {
            folder,
            pool,
            db,
            upstream: Upstream::start().await,
        };
        world.catalogue().await;
        world
    }

    /// Changes a row and tells the gateways, in one transaction.
    pub(crate) async fn change(&self, kind: &str, id: u128, statement: &str) {
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()))
            .bind(Uuid::from_u128(id))
            .execute(&mut *tx)
            .await
            .unwrap();
        let (revision,): (i64,) =
            sqlx::query_as("UPDATE config_revision SET revision = revision + 1 RETURNING revision")
                .fetch_one(&mut *tx)
                .await
                .unwrap();
        sqlx::query("INSERT INTO config_change (revision, kind, entity_id, workspace_id, deleted, changed_at) VALUES (?, ?, ?, ?, FALSE, 0)")
            .bind(revision)
            .bind(kind)
            .bind(Uuid::from_u128(id))
            .bind(DEFAULT_WORKSPACE.uuid())
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("gateway")
    }

    pub(crate) fn config(&self) -> Config {
        Config {
            database: Database::Open(self.db.clone()),
            workers: Some(2),
            direct_exchange: crate::DIRECT,
            portal_url: Some("http://portal.test:8002/".parse().unwrap()),
            ..Config::new(self.data_dir())
        }
    }

    pub(crate) async fn start(&self) -> Started {
        Started::new(self.config()).await
    }

    /// One number from the database.
    pub(crate) async fn number(&self, statement: &str) -> i64 {
        let (number,): (i64,) = sqlx::query_as(sqlx::AssertSqlSafe(statement.to_owned()))
            .fetch_one(&self.pool)
            .await
            .unwrap();
        number
    }
}

/// A gateway that serves.
pub(crate) struct Started {
    pub(crate) running: Running,
    pub(crate) address: SocketAddr,
}

impl Started {
    /// Starts and waits until there is a configuration. Tries again while the one before still holds the data folder.
    pub(crate) async fn new(config: Config) -> Self {
        let end = Instant::now() + Duration::from_secs(10);
        let running = loop {
            match Gateway::start(config.clone()).await {
                Ok(running) => break running,
                Err(gateway::StartError::Data(_)) if Instant::now() < end => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(error) => panic!("{error}"),
            }
        };
        tokio::time::timeout(Duration::from_secs(10), running.ready())
            .await
            .expect("a configuration is live");
        let address = running.addresses()[0];
        Self { running, address }
    }

    /// The node's own account of itself.
    pub(crate) async fn status(&self) -> Value {
        let address = self.running.status_address().unwrap();
        crate::client::call(address, "GET", "/status", &[], b"")
            .await
            .json()
    }
}

/// Waits until something is so; at most ten seconds.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !is_so().await {
        assert!(Instant::now() < end, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

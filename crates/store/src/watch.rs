//! Hearing of changes that other processes made: LISTEN on PostgreSQL, `PRAGMA data_version` on SQLite.

use std::time::Duration;

use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgListener;

use crate::changes::CHANNEL;
use crate::db::{Db, Pools};
use crate::error::Result;

/// How often SQLite is asked.
const LOOK: Duration = Duration::from_millis(100);
/// How long PostgreSQL may be silent before a caller looks for itself.
const SILENCE: Duration = Duration::from_secs(1);

/// Hears that somebody committed something.
pub struct Watch(Ear);

enum Ear {
    Sqlite(PoolConnection<Sqlite>, i64),
    Postgres(PgListener),
}

impl Db {
    /// Begins to listen. What was committed before is not told: look once after this.
    pub async fn watch(&self) -> Result<Watch> {
        Ok(Watch(match &self.pools {
            Pools::Sqlite { read, .. } => {
                let mut conn = read.acquire().await?;
                let version = data_version(&mut conn).await?;
                Ear::Sqlite(conn, version)
            }
            Pools::Postgres(pool) => {
                let mut listener = PgListener::connect_with(pool).await?;
                listener.listen(CHANNEL).await?;
                Ear::Postgres(listener)
            }
        }))
    }
}

impl Watch {
    /// Returns when another connection committed, or on PostgreSQL after a second of silence (a notice can be lost
    /// when the connection breaks). The caller then reads the revision. Fails when the database is gone; the watch
    /// must then be made anew.
    pub async fn changed(&mut self) -> Result<()> {
        match &mut self.0 {
            Ear::Sqlite(conn, seen) => loop {
                tokio::time::sleep(LOOK).await;
                let now = data_version(conn).await?;
                if now != *seen {
                    *seen = now;
                    return Ok(());
                }
            },
            Ear::Postgres(listener) => {
                if let Ok(heard) = tokio::time::timeout(SILENCE, listener.recv()).await {
                    heard?;
                }
                Ok(())
            }
        }
    }

    /// Gives the connection back.
    pub async fn close(self) -> Result<()> {
        match self.0 {
            Ear::Sqlite(conn, _) => conn.close().await?,
            Ear::Postgres(mut listener) => listener.unlisten_all().await?,
        }
        Ok(())
    }
}

async fn data_version(conn: &mut PoolConnection<Sqlite>) -> Result<i64> {
    let (version,) = sqlx::query_as::<_, (i64,)>("PRAGMA data_version")
        .fetch_one(&mut **conn)
        .await?;
    Ok(version)
}

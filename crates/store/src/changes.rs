//! The revision and the change feed: what a gateway node must read again.

use domain::Timestamp;
use domain::change::{Change, ChangeKind};
use domain::id::WorkspaceId;
use uuid::Uuid;

use crate::db::{Conn, Dialect, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    REVISION = "SELECT revision FROM config_revision WHERE id = 1";
    TAKE = "UPDATE config_revision SET revision = revision + 1 WHERE id = 1 RETURNING revision";
    RECORD = "INSERT INTO config_change (revision, kind, entity_id, workspace_id, deleted, changed_at) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (revision, kind, entity_id) DO UPDATE SET deleted = excluded.deleted";
    SINCE = "SELECT revision, kind, entity_id, workspace_id, deleted, changed_at FROM config_change \
        WHERE revision > $1 ORDER BY revision, kind, entity_id LIMIT $2";
    OLDEST = "SELECT CAST(MIN(revision) AS BIGINT) AS revision FROM config_change";
    FORGET = "DELETE FROM config_change WHERE changed_at < $1 \
        AND revision < (SELECT MAX(revision) FROM config_change)";
}

record! {
    /// One line of the feed as it is kept.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ChangeLine {
        /// The revision that it is part of.
        pub revision: i64,
        /// What changed.
        pub kind: ChangeKind,
        /// Which one.
        pub entity_id: Uuid,
        /// Whose.
        pub workspace_id: WorkspaceId,
        /// Whether it is gone.
        pub deleted: bool,
        /// When.
        pub changed_at: Timestamp,
    }
}

impl ChangeLine {
    /// The line without its place in the feed.
    pub const fn change(&self) -> Change {
        Change {
            kind: self.kind,
            id: self.entity_id,
            deleted: self.deleted,
        }
    }
}

/// The newest revision.
pub async fn revision(conn: &mut Conn) -> Result<i64> {
    Ok(conn.query(REVISION).one::<(i64,)>().await?.0)
}

/// Takes the next revision. Call it last in a transaction: from here to the commit every other change waits, so that
/// no reader can pass a revision that is not visible yet.
pub async fn take_revision(conn: &mut Conn) -> Result<i64> {
    Ok(conn.query(TAKE).one::<(i64,)>().await?.0)
}

/// Writes one line of the feed under a revision that was just taken.
pub async fn record_change(
    conn: &mut Conn,
    workspace: WorkspaceId,
    revision: i64,
    change: Change,
    at: Timestamp,
) -> Result<()> {
    conn.query(RECORD)
        .bind(revision)
        .bind(change.kind)
        .bind(change.id)
        .bind(workspace)
        .bind(change.deleted)
        .bind(at)
        .run()
        .await?;
    Ok(())
}

/// The lines after a revision, oldest first. All workspaces: a gateway node serves each of them.
pub async fn since(conn: &mut Conn, revision: i64, most: i64) -> Result<Vec<ChangeLine>> {
    conn.query(SINCE).bind(revision).bind(most).all().await
}

/// The oldest revision that still has lines. A node behind it reloads everything.
pub async fn oldest(conn: &mut Conn) -> Result<Option<i64>> {
    Ok(conn.query(OLDEST).one::<(Option<i64>,)>().await?.0)
}

/// Drops lines from before a moment, but never the newest revision's, from which a node can tell that it is behind; how
/// many.
pub async fn forget_before(conn: &mut Conn, at: Timestamp) -> Result<u64> {
    conn.query(FORGET).bind(at).run().await
}

/// The channel on which PostgreSQL tells of a new revision.
pub const CHANNEL: &str = "gatehouse_revision";

/// Tells the other processes on a PostgreSQL server, as part of the transaction. SQLite has no such thing: there
/// [`crate::watch`] looks.
pub async fn notify(conn: &mut Conn, revision: i64) -> Result<()> {
    match conn.dialect() {
        Dialect::Sqlite => Ok(()),
        Dialect::Postgres => {
            conn.script(format!("SELECT pg_notify('{CHANNEL}', '{revision}')"))
                .await
        }
    }
}

//! Access tokens, families and grants whose tokens are refused before their end: kept until then, and no longer.

use domain::Timestamp;
use domain::id::WorkspaceId;
use uuid::Uuid;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    INSERT = "INSERT INTO oauth_revocation (id, workspace_id, created_at, expires_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at";
    LOAD = "SELECT id, workspace_id, created_at, expires_at FROM oauth_revocation WHERE id = $1";
    ALL_REVOCATIONS = "SELECT id, workspace_id, created_at, expires_at FROM oauth_revocation ORDER BY id";
    OVER = "SELECT id, workspace_id, created_at, expires_at FROM oauth_revocation WHERE workspace_id = $1 \
        AND expires_at <= $2 ORDER BY expires_at, id LIMIT $3";
    DELETE = "DELETE FROM oauth_revocation WHERE workspace_id = $1 AND id = $2";
}

record! {
    /// One of them.
    #[derive(Debug, Clone)]
    pub struct Revocation {
        /// The id that tokens carry: their own, their family's or their grant's.
        pub id: Uuid,
        /// Whose tenant.
        pub workspace_id: WorkspaceId,
        /// When they were taken back.
        pub created_at: Timestamp,
        /// When the last of them has ended anyway.
        pub expires_at: Timestamp,
    }
}

/// Writes one; the later end counts when it is there already.
pub async fn insert(conn: &mut Conn, revocation: Revocation) -> Result<()> {
    conn.query(INSERT)
        .bind(revocation.id)
        .bind(revocation.workspace_id)
        .bind(revocation.created_at)
        .bind(revocation.expires_at)
        .run()
        .await
        .map(drop)
}

/// One of any workspace: the gateway serves them all.
pub async fn load(conn: &mut Conn, id: Uuid) -> Result<Option<Revocation>> {
    conn.query(LOAD).bind(id).optional().await
}

/// All of them, of every workspace, for the gateway.
pub async fn all(conn: &mut Conn) -> Result<Vec<Revocation>> {
    conn.query(ALL_REVOCATIONS).all().await
}

/// Those that are not needed any more.
pub async fn over(
    conn: &mut Conn,
    workspace: WorkspaceId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Revocation>> {
    let query = conn.query(OVER).bind(workspace).bind(now);
    query.bind(limit).all().await
}

/// Drops one; false when it is gone already.
pub async fn delete(conn: &mut Conn, workspace: WorkspaceId, id: Uuid) -> Result<bool> {
    let query = conn.query(DELETE).bind(workspace).bind(id);
    Ok(query.run().await? == 1)
}

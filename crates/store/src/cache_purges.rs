//! Purges of the gateways' caches: orders that every node carries out when the change feed names them.

use domain::Timestamp;
use domain::cache::PurgeTarget;
use domain::id::{ApiVersionId, CachePurgeId, WorkspaceId};
use uuid::Uuid;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    INSERT = "INSERT INTO cache_purge (id, workspace_id, target, value, created_at) VALUES ($1, $2, $3, $4, $5)";
    LOAD = "SELECT id, workspace_id, target, value, created_at FROM cache_purge WHERE id = $1";
    VERSIONS = "SELECT id FROM api_version WHERE workspace_id = $1";
    FORGET = "DELETE FROM cache_purge WHERE created_at < $1";
}

record! {
    /// An order to purge.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct CachePurge {
        /// Its id.
        pub id: CachePurgeId,
        /// Whose answers are meant.
        pub workspace_id: WorkspaceId,
        /// What `value` is.
        pub target: PurgeTarget,
        /// The API's id, the tag or the URL; empty for everything.
        pub value: String,
        /// When it was given.
        pub created_at: Timestamp,
    }
}

/// Writes an order.
pub async fn insert(conn: &mut Conn, purge: CachePurge) -> Result<()> {
    conn.query(INSERT)
        .bind(purge.id)
        .bind(purge.workspace_id)
        .bind(purge.target)
        .bind(purge.value)
        .bind(purge.created_at)
        .run()
        .await?;
    Ok(())
}

/// One order of any workspace: the gateway carries them all out.
pub async fn load(conn: &mut Conn, id: CachePurgeId) -> Result<Option<CachePurge>> {
    conn.query(LOAD).bind(id).optional().await
}

/// The API versions of a workspace: the answers that a purge of it may touch.
pub async fn versions(conn: &mut Conn, workspace: WorkspaceId) -> Result<Vec<ApiVersionId>> {
    let rows = conn.query(VERSIONS).bind(workspace).all::<(Uuid,)>();
    let ids = rows.await?.into_iter();
    Ok(ids.map(|(id,)| ApiVersionId::new(id)).collect())
}

/// Forgets orders that were given before; how many.
pub async fn forget(conn: &mut Conn, before: Timestamp) -> Result<u64> {
    conn.query(FORGET).bind(before).run().await
}

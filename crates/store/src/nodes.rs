//! Gateway nodes: what each one says of itself every few seconds.

use domain::Timestamp;
use domain::id::{GatewayNodeId, WorkspaceId};
use uuid::Uuid;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

record! {
    /// One running data plane.
    #[derive(Debug, Clone)]
    pub struct Node {
        /// Its id, kept in its data folder.
        pub id: GatewayNodeId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// Its name.
        pub name: String,
        /// The version of Gatehouse it runs.
        pub version: String,
        /// Where it listens.
        pub address: String,
        /// Made anew at each start.
        pub boot_id: Uuid,
        /// The revision of the configuration it serves.
        pub revision: i64,
        /// Requests since it started.
        pub requests_total: i64,
        /// Requests a second, times 1 000.
        pub requests_per_second_milli: i64,
        /// What is wrong with it; empty for nothing.
        pub problem: String,
        /// How its upstreams do, as JSON; `[]` for nothing to tell.
        pub upstreams: String,
        /// When it started.
        pub started_at: Timestamp,
        /// When it last said so.
        pub heartbeat_at: Timestamp,
    }
}

statements! {
    BEAT = "INSERT INTO gateway_node (id, workspace_id, name, version, address, boot_id, revision, requests_total, \
            requests_per_second_milli, problem, started_at, heartbeat_at, upstreams) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, version = excluded.version, address = excluded.address, \
            boot_id = excluded.boot_id, revision = excluded.revision, requests_total = excluded.requests_total, \
            requests_per_second_milli = excluded.requests_per_second_milli, problem = excluded.problem, \
            started_at = excluded.started_at, heartbeat_at = excluded.heartbeat_at, upstreams = excluded.upstreams \
            WHERE gateway_node.boot_id = excluded.boot_id OR gateway_node.heartbeat_at < $14";
    LEAVE = "UPDATE gateway_node SET heartbeat_at = 0, requests_per_second_milli = 0 WHERE id = $1 AND boot_id = $2";
    FIND = "SELECT id, workspace_id, name, version, address, boot_id, revision, requests_total, requests_per_second_milli, \
            problem, upstreams, started_at, heartbeat_at FROM gateway_node WHERE id = $1";
    LIST = "SELECT id, workspace_id, name, version, address, boot_id, revision, requests_total, requests_per_second_milli, \
            problem, upstreams, started_at, heartbeat_at FROM gateway_node WHERE workspace_id = $1 ORDER BY name, id";
    FORGET = "DELETE FROM gateway_node WHERE heartbeat_at < $1 AND started_at < $1";
}

/// Writes what a node says of itself. False when another process with the same node id spoke after `alive_since`: then
/// its data folder was copied, or that process has just died (in which case its heartbeat stands still).
pub async fn beat(conn: &mut Conn, node: &Node, alive_since: Timestamp) -> Result<bool> {
    let touched = conn
        .query(BEAT)
        .bind(node.id)
        .bind(node.workspace_id)
        .bind(node.name.as_str())
        .bind(node.version.as_str())
        .bind(node.address.as_str())
        .bind(node.boot_id)
        .bind(node.revision)
        .bind(node.requests_total)
        .bind(node.requests_per_second_milli)
        .bind(node.problem.as_str())
        .bind(node.started_at)
        .bind(node.heartbeat_at)
        .bind(node.upstreams.as_str())
        .bind(alive_since)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Says that a process has ended in good order, so that the next one with its data folder starts at once.
pub async fn leave(conn: &mut Conn, id: GatewayNodeId, boot_id: Uuid) -> Result<()> {
    let query = conn.query(LEAVE).bind(id).bind(boot_id);
    query.run().await.map(drop)
}

/// The node of this id.
pub async fn find(conn: &mut Conn, id: GatewayNodeId) -> Result<Option<Node>> {
    conn.query(FIND).bind(id).optional().await
}

/// The nodes of a workspace, by name; those that left have a heartbeat of 0.
pub async fn list(conn: &mut Conn, workspace: WorkspaceId) -> Result<Vec<Node>> {
    conn.query(LIST).bind(workspace).all().await
}

/// Drops nodes that have not spoken since `before`.
pub async fn forget(conn: &mut Conn, before: Timestamp) -> Result<u64> {
    conn.query(FORGET).bind(before).run().await
}

//! Gateway nodes.

pub(crate) mod list;

use operations::nodes::Standing;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A running data plane.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Node {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// Which version of Gatehouse it runs.
    software: String,
    /// Where it listens.
    address: String,
    /// The revision that it serves.
    revision: i64,
    /// How many revisions it is behind.
    behind: i64,
    /// What keeps it from a newer revision; empty when nothing does.
    problem: String,
    /// Requests since it started.
    requests_total: i64,
    /// When it started.
    started_at: String,
    /// When it was last heard of.
    heartbeat_at: String,
}

impl From<Standing> for Node {
    fn from(row: Standing) -> Self {
        Self {
            id: row.node.id.uuid(),
            name: row.node.name,
            software: row.node.version,
            address: row.node.address,
            revision: row.node.revision,
            behind: row.behind,
            problem: row.node.problem,
            requests_total: row.node.requests_total,
            started_at: row.node.started_at.to_string(),
            heartbeat_at: row.node.heartbeat_at.to_string(),
        }
    }
}

/// All nodes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Nodes {
    /// By name.
    pub(super) items: Vec<Node>,
}

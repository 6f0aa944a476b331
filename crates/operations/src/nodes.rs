//! Gateway nodes as the platform team sees them: which are alive, what they serve, how far behind they are.

use std::time::Duration;

use domain::Timestamp;
use domain::access::Permission;
use domain::actor::Actor;
use store::nodes::Node;

use crate::access::need;
use crate::error::Result;
use crate::platform::Platform;

/// A node that has not spoken for so long counts as gone.
pub const SILENT_AFTER: Duration = Duration::from_secs(15);
/// A node that has been gone for so long is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(7 * 86_400);

/// A node and how it does.
#[derive(Debug, Clone)]
pub struct Standing {
    /// What it last said of itself.
    pub node: Node,
    /// How it does.
    pub health: Health,
    /// How many revisions it is behind.
    pub behind: i64,
}

/// How a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It speaks, and nothing is wrong.
    Good,
    /// It speaks, and says that something is wrong.
    Troubled,
    /// It ended in good order.
    Left,
    /// It fell silent.
    Silent,
}

/// All nodes, by name.
pub async fn list(platform: &Platform, actor: &Actor) -> Result<Vec<Standing>> {
    need(actor, Permission::SystemRead)?;
    let mut conn = platform.db.read().await?;
    let revision = store::changes::revision(&mut conn).await?;
    let nodes = store::nodes::list(&mut conn, actor.workspace).await?;
    let now = platform.now();
    let standing = nodes.into_iter().map(|node| Standing {
        health: health(&node, now),
        behind: (revision - node.revision).max(0),
        node,
    });
    Ok(standing.collect())
}

/// Forgets nodes that have been gone for a week. For jobs.
pub async fn forget(platform: &Platform) -> Result<u64> {
    let before = platform.now() - FORGOTTEN_AFTER;
    let mut tx = platform.db.begin().await?;
    let gone = store::nodes::forget(&mut tx, before).await?;
    tx.commit().await?;
    Ok(gone)
}

fn health(node: &Node, now: Timestamp) -> Health {
    if node.heartbeat_at == Timestamp::default() {
        Health::Left
    } else if now.since(node.heartbeat_at) > SILENT_AFTER {
        Health::Silent
    } else if node.problem.is_empty() {
        Health::Good
    } else {
        Health::Troubled
    }
}

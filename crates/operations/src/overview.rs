//! What every page of the dashboard tells: what is live, and what waits for somebody.

use domain::actor::Actor;
use store::counts::Counts;

use crate::access::person;
use crate::error::Result;
use crate::nodes::SILENT_AFTER;
use crate::platform::Platform;

/// What is live, and what waits.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// The newest revision of the configuration.
    pub revision: i64,
    /// Nodes that were heard of lately.
    pub nodes: u64,
    /// Those of them that serve the newest revision.
    pub current_nodes: u64,
    /// Versions that are not on the gateway.
    pub drafts: u64,
    /// Requests that wait for a decision: accounts and subscriptions.
    pub approvals: u64,
    /// How much there is of everything.
    pub counts: Counts,
}

/// How things stand. Numbers only, so that no more than being signed in is asked for.
pub async fn standing(platform: &Platform, actor: &Actor) -> Result<Standing> {
    person(actor)?;
    let mut conn = platform.db.read().await?;
    let revision = store::changes::revision(&mut conn).await?;
    let alive_since = platform.now() - SILENT_AFTER;
    let nodes = store::nodes::list(&mut conn, actor.workspace).await?;
    let alive = nodes.iter().filter(|node| node.heartbeat_at >= alive_since);
    let current = alive.clone().filter(|node| node.revision >= revision);
    let waiting = store::subscriptions::count_waiting(&mut conn, actor.workspace).await?;
    let counts = store::counts::of_workspace(&mut conn, actor.workspace).await?;
    Ok(Standing {
        revision,
        nodes: alive.count() as u64,
        current_nodes: current.count() as u64,
        drafts: counts.drafts.unsigned_abs(),
        approvals: (waiting + counts.accounts_waiting).unsigned_abs(),
        counts,
    })
}

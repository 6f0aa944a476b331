//! How an upstream does, as the nodes that carry traffic tell it.

use domain::access::Permission;
use domain::actor::Actor;
use domain::id::UpstreamId;
use serde::Deserialize;

use crate::access::need;
use crate::error::Result;
use crate::nodes::SILENT_AFTER;
use crate::platform::Platform;

/// How an upstream does on one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The node's name.
    pub node: String,
    /// What it says.
    pub told: Told,
}

/// What a node says of an upstream.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Told {
    /// Which upstream.
    pub id: UpstreamId,
    /// The circuit breaker: `closed`, `open` or `half_open`.
    pub breaker: String,
    /// So few targets are healthy that health is ignored.
    pub panic: bool,
    /// Requests in flight.
    pub in_flight: u32,
    /// Requests tried again since the node started.
    pub retries_total: u64,
    /// Requests refused because it was open or had too much to do, since the node started.
    pub refused_total: u64,
    /// Its targets, in order of their ids.
    pub targets: Vec<Target>,
}

/// What a node says of a target.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Target {
    /// Its address.
    pub url: String,
    /// `healthy`, `unhealthy` (a check says so) or `ejected` (the traffic said so).
    pub state: String,
    /// Milliseconds until an ejected one is tried again.
    pub ejected_for_ms: u64,
    /// Requests in flight.
    pub in_flight: u32,
    /// Open connections.
    pub connections: u32,
    /// Mean time to the head of an answer, in microseconds; 0 while there was none.
    pub latency_us: u64,
    /// Attempts since the node started.
    pub requests_total: u64,
    /// Those that failed.
    pub failures_total: u64,
}

/// How an upstream does on every node that speaks, by the node's name.
pub async fn standing(platform: &Platform, actor: &Actor, id: UpstreamId) -> Result<Vec<Standing>> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    let nodes = store::nodes::list(&mut conn, actor.workspace).await?;
    let heard_since = platform.now() - SILENT_AFTER;
    Ok(nodes
        .into_iter()
        .filter(|node| node.heartbeat_at > heard_since)
        .filter_map(|node| {
            // a node of another version may tell it otherwise: then there is nothing to show
            let all: Vec<Told> = serde_json::from_str(&node.upstreams).ok()?;
            let told = all.into_iter().find(|told| told.id == id)?;
            Some(Standing {
                node: node.name,
                told,
            })
        })
        .collect())
}

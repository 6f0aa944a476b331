//! Searching operations and APIs: what the palette and the search page show.

use domain::actor::Actor;
use store::search::{self, ApiHit, OperationHit};

use super::sight;
use crate::error::Result;
use crate::platform::Platform;

/// The most hits of each kind.
const MOST: u32 = 100;

/// What was found, the best first.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// APIs whose name or summary has every word.
    pub apis: Vec<ApiHit>,
    /// Operations whose heading, path or method have every word.
    pub operations: Vec<OperationHit>,
}

/// At most `limit` APIs and `limit` operations in which every word of the query occurs. Nothing for an empty query.
pub async fn search(platform: &Platform, actor: &Actor, query: &str, limit: u32) -> Result<Found> {
    let query: String = query
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    if query.trim().is_empty() {
        return Ok(Found::default());
    }
    let limit = i64::from(limit.clamp(1, MOST));
    let sight = sight(actor);
    let mut conn = platform.db.read().await?;
    Ok(Found {
        apis: search::apis(&mut conn, actor.workspace, sight, &query, limit).await?,
        operations: search::operations(&mut conn, actor.workspace, sight, &query, limit).await?,
    })
}

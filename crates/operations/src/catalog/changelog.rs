//! What changed from one document to the next.

use domain::Timestamp;
use domain::actor::Actor;
use openapi::diff::Change;
use store::spec_revisions;

use super::api::choose;
use super::sight;
use crate::error::Result;
use crate::platform::Platform;

/// The most revisions that are told.
const MOST: i64 = 100;

/// One revision of a document, told by what it changed.
#[derive(Debug, Clone)]
pub struct Revision {
    /// Counts the revisions of the version, from 1.
    pub number: i64,
    /// When it came.
    pub created_at: Timestamp,
    /// What is different from the revision before, the breaking changes first; empty for the first one.
    pub changes: Vec<Change>,
}

/// A revision with the API that it belongs to.
#[derive(Debug, Clone)]
pub struct RecentRevision {
    /// The API's name in URLs.
    pub api_slug: String,
    /// The API's name.
    pub api_name: String,
    /// The version's label.
    pub label: String,
    /// The revision.
    pub revision: Revision,
}

/// The revisions of a version's document, newest first.
pub async fn changelog(
    platform: &Platform,
    actor: &Actor,
    slug: &str,
    label: Option<&str>,
) -> Result<Vec<Revision>> {
    let mut conn = platform.db.read().await?;
    let (_, _, version) = choose(&mut conn, actor, slug, label).await?;
    let rows = spec_revisions::list(&mut conn, actor.workspace, version.id, MOST).await?;
    Ok(rows
        .into_iter()
        .map(|row| revision(row.number, row.created_at, &row.changes))
        .collect())
}

/// The newest revisions of all documents that an actor sees, newest first.
pub async fn recent_changes(
    platform: &Platform,
    actor: &Actor,
    limit: u32,
) -> Result<Vec<RecentRevision>> {
    let limit = i64::from(limit).clamp(1, MOST);
    let mut conn = platform.db.read().await?;
    let rows = spec_revisions::recent(&mut conn, actor.workspace, sight(actor), limit).await?;
    Ok(rows
        .into_iter()
        .map(|row| RecentRevision {
            revision: revision(row.number, row.created_at, &row.changes),
            api_slug: row.api_slug,
            api_name: row.api_name,
            label: row.label,
        })
        .collect())
}

/// Changes that this version of Gatehouse cannot read are none that it can tell.
fn revision(number: i64, created_at: Timestamp, changes: &str) -> Revision {
    let changes = serde_json::from_str(changes).unwrap_or_else(|error| {
        tracing::error!(%error, number, "the changes of a revision cannot be read");
        Vec::new()
    });
    Revision {
        number,
        created_at,
        changes,
    }
}

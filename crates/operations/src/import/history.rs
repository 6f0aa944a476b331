//! What is kept of a version's documents, for the platform team.

use domain::Timestamp;
use domain::access::Permission;
use domain::actor::Actor;
use domain::id::{ApiVersionId, SpecRevisionId};
use openapi::Finding;
use openapi::diff::Change;
use store::api_operations::{self, Entry};
use store::spec_revisions::{self, SpecRevision};

use crate::access::need;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::versions;

/// The most revisions of a list.
const MOST: i64 = 200;

/// One revision of a document.
#[derive(Debug, Clone)]
pub struct Revision {
    /// Its id.
    pub id: SpecRevisionId,
    /// Counts the revisions of the version, from 1.
    pub number: i64,
    /// Whether it is in force.
    pub current: bool,
    /// SHA-256 of the document, in hexadecimal.
    pub checksum: String,
    /// Who uploaded it; empty for the platform itself.
    pub author: String,
    /// When it was uploaded.
    pub created_at: Timestamp,
    /// What is different from the revision before, the breaking changes first.
    pub changes: Vec<Change>,
}

/// The revisions of a version's document, newest first.
pub async fn history(
    platform: &Platform,
    actor: &Actor,
    version: ApiVersionId,
) -> Result<Vec<Revision>> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    let version = versions::load(&mut conn, actor.workspace, version).await?;
    let rows = spec_revisions::list(&mut conn, actor.workspace, version.id, MOST).await?;
    Ok(rows
        .into_iter()
        .map(|row| Revision {
            current: row.id == version.spec_revision_id,
            id: row.id,
            number: row.number,
            checksum: row.checksum,
            author: row.author,
            created_at: row.created_at,
            changes: serde_json::from_str(&row.changes).unwrap_or_default(),
        })
        .collect())
}

/// What was found wrong in a version's current document; nothing without one.
pub async fn findings(
    platform: &Platform,
    actor: &Actor,
    version: ApiVersionId,
) -> Result<Vec<Finding>> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    let version = versions::load(&mut conn, actor.workspace, version).await?;
    let text =
        spec_revisions::findings(&mut conn, actor.workspace, version.spec_revision_id).await?;
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

/// The operations of a version in the order of its document, also of a draft.
pub async fn operations(
    platform: &Platform,
    actor: &Actor,
    version: ApiVersionId,
) -> Result<Vec<Entry>> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    versions::load(&mut conn, actor.workspace, version).await?;
    Ok(api_operations::index(&mut conn, actor.workspace, version).await?)
}

/// One revision with its document as it was uploaded.
pub async fn revision(
    platform: &Platform,
    actor: &Actor,
    id: SpecRevisionId,
) -> Result<SpecRevision> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    spec_revisions::find(&mut conn, actor.workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("revision", id))
}

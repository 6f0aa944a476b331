//! The document of a version that a declaration gives it: its routes are declared beside it.

use domain::actor::Actor;
use domain::id::ApiVersionId;
use openapi::import::RoutePreview;
use serde_json::json;
use store::api_versions::ApiVersion;
use store::spec_revisions;

use super::{apply, reading};
use crate::error::Result;
use crate::platform::Platform;
use crate::versions;

/// Gives a version its next document: operations that are there keep their ids, those that are gone from it go, and no
/// route is touched. The same document again changes nothing.
pub(crate) async fn put_document(
    platform: &Platform,
    actor: &Actor,
    id: ApiVersionId,
    text: &str,
) -> Result<()> {
    let mut work = platform.begin(actor).await?;
    let workspace = work.workspace();
    let before = versions::load(work.conn(), workspace, id).await?;
    let present = spec_revisions::find(work.conn(), workspace, before.spec_revision_id).await?;
    let source = text.as_bytes().to_vec();
    if present.as_ref().is_some_and(|row| row.source == source) {
        return work.commit().await.map(drop);
    }
    let reading = reading::read(source, present.map(|row| row.source)).await?;
    let document = platform.new_id();
    let author = actor.account().unwrap_or_default();
    let revision = apply::revision(&mut work, &before, document, author, &reading).await?;
    apply::operations(platform, &mut work, &before, &reading).await?;
    let after = ApiVersion {
        spec_revision_id: document,
        ..before.clone()
    };
    let after = versions::write(&mut work, after, before.version, &before).await?;
    let name = versions::full_name(work.conn(), &after).await?;
    let told = json!({
        "revision": revision, "checksum": reading.checksum, "changes": reading.changes.len(),
        "operations": reading.operations.len(),
    });
    work.audit(
        "document.declared",
        "api_version",
        id,
        &name,
        None,
        Some(told),
    );
    work.commit().await.map(drop)
}

/// The routes that the operations of a document become.
pub(crate) fn routes_of(text: &str) -> Result<Vec<RoutePreview>> {
    let preview = reading::preview(text.as_bytes())?;
    Ok(preview
        .routes
        .into_iter()
        .filter(|route| route.imported)
        .collect())
}

//! What the store holds, given out as a declaration.

use std::collections::HashMap;

use declaration::Declaration;
use domain::access::Permission;
use domain::actor::Actor;
use domain::id::WorkspaceId;
use sha2::{Digest, Sha256};
use store::Conn;
use uuid::Uuid;

use super::current;
use crate::access::need;
use crate::error::Result;
use crate::platform::Platform;

/// What the store holds.
#[derive(Debug, Clone)]
pub struct Exported {
    /// As a declaration in its one form.
    pub declaration: Declaration,
    /// SHA-256 of all that the store holds, in base 16, of applications only when they were selected: the same for the same
    /// configuration on every platform with the same master key, whatever the tag.
    pub hash: String,
}

/// What is exported.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only what carries this tag.
    pub tag: Option<String>,
    /// With applications, their subscriptions and credentials.
    pub applications: bool,
}

/// Gives out what the store holds. Hashes and sealed secrets are in it, so that it takes the permission to write.
pub async fn export(platform: &Platform, actor: &Actor, selection: &Selection) -> Result<Exported> {
    need(actor, Permission::CatalogWrite)?;
    if selection.applications {
        need(actor, Permission::ConsumersWrite)?;
    }
    let mut conn = platform.db.read().await?;
    let workspace = actor.workspace;
    let sealer = &platform.sealer;
    let mut all = Box::pin(current::read(
        &mut conn,
        sealer,
        workspace,
        selection.applications,
    ))
    .await?;
    let hash = hash(&all);
    if let Some(tag) = &selection.tag {
        let tags = tags(&mut conn, workspace).await?;
        keep_tagged(&mut all, tag, &tags);
        all.tag = Some(tag.clone());
    }
    Ok(Exported {
        declaration: all,
        hash,
    })
}

/// Things of the top level that carry another tag, or none, are left out with all that stands in them.
fn keep_tagged(all: &mut Declaration, tag: &str, tags: &HashMap<Uuid, String>) {
    let has = |id: declaration::RowId| tags.get(&id.uuid()).is_some_and(|found| found == tag);
    all.authorities.retain(|one| has(one.id));
    all.certificates.retain(|one| has(one.id));
    all.upstreams.retain(|one| has(one.id));
    all.policies.retain(|one| has(one.id));
    all.apis.retain(|one| has(one.id));
    all.products.retain(|one| has(one.id));
    all.applications.retain(|one| has(one.id));
}

/// The tag of each thing that has one, by its row.
pub(super) async fn tags(conn: &mut Conn, workspace: WorkspaceId) -> Result<HashMap<Uuid, String>> {
    let rows = store::declared::of_workspace(conn, workspace).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.entity_id, row.tag))
        .collect())
}

/// The hash of a declaration in its one form.
pub fn hash(all: &Declaration) -> String {
    let text = serde_json::to_vec(all).unwrap_or_default();
    data_encoding::HEXLOWER.encode(&Sha256::digest(text))
}

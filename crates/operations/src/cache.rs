//! Purging what the gateways keep of answers.

use std::time::Duration;

use domain::access::Permission;
use domain::actor::Actor;
use domain::cache::{PURGE_VALUE, PurgeTarget, purge_url};
use domain::change::ChangeKind;
use domain::id::ApiId;
use serde_json::json;
use store::cache_purges::{self, CachePurge};

use crate::access::need;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::platform::Platform;
use crate::work::Work;

/// An order that nodes have carried out long ago, or never will.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(7 * 86_400);

/// What is purged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purge {
    /// Everything of the workspace.
    All,
    /// One API, all its versions.
    Api(ApiId),
    /// Answers that carry the tag (`Cache-Tag`, `Surrogate-Key`).
    Tag(String),
    /// One URL, or with `*` at its end those that begin with it.
    Url(String),
}

/// Orders every node to forget answers. They do so within a second; what is asked of an upstream meanwhile is not kept.
pub async fn purge(platform: &Platform, actor: &Actor, what: Purge) -> Result<CachePurge> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = Work::begin(platform, actor).await?;
    let workspace = work.workspace();
    let (target, value, name) = match what {
        Purge::All => (PurgeTarget::All, String::new(), "everything".to_owned()),
        Purge::Api(id) => {
            let api = store::apis::find(work.conn(), workspace, id).await?;
            let api = api.ok_or_else(|| Error::NotFound {
                what: "API",
                id: id.uuid().to_string(),
            })?;
            (
                PurgeTarget::Api,
                id.uuid().to_string(),
                api.name.to_string(),
            )
        }
        Purge::Tag(tag) => {
            let tag = tag.trim().to_owned();
            check("tag", &tag, |tag| !tag.contains([',', ' ']))?;
            (PurgeTarget::Tag, tag.clone(), tag)
        }
        Purge::Url(url) => {
            check("url", &url, |url| purge_url(url).is_some())?;
            let url = purge_url(&url).unwrap_or(url);
            (PurgeTarget::Url, url.clone(), url)
        }
    };
    let purge = CachePurge {
        id: platform.new_id(),
        workspace_id: workspace,
        target,
        value,
        created_at: work.at(),
    };
    cache_purges::insert(work.conn(), purge.clone()).await?;
    work.changed(ChangeKind::CachePurge, purge.id);
    let after = json!({ "target": purge.target, "value": purge.value });
    work.audit("cache.purged", "cache", purge.id, &name, None, Some(after));
    work.commit().await?;
    Ok(purge)
}

fn check(field: &'static str, text: &str, is_one: impl Fn(&str) -> bool) -> Result<()> {
    let mut fields = Fields::new();
    let fits = (1..=PURGE_VALUE).contains(&text.len()) && !text.contains(char::is_control);
    if !fits || !is_one(text) {
        let problem = match field {
            "tag" => "needs 1 to 2048 characters without commas and spaces",
            _ => {
                "needs a host, as in https://api.example.com/orders; * at its end names all that begin so"
            }
        };
        fields.refuse(field, problem);
    }
    fields.finish()
}

/// Forgets orders of long ago. For jobs.
pub async fn forget(platform: &Platform) -> Result<u64> {
    let mut tx = platform.db.begin().await?;
    let gone = cache_purges::forget(&mut tx, platform.now() - FORGOTTEN_AFTER).await?;
    tx.commit().await?;
    Ok(gone)
}

//! Where a version stands because a declaration says so: with its dates, whatever it was before.

use domain::Timestamp;
use domain::actor::Actor;
use domain::api::Lifecycle;
use domain::id::ApiVersionId;
use store::api_versions::{self, ApiVersion};

use super::{audit, load, readiness, subscribers, write};
use crate::error::Result;
use crate::platform::Platform;

/// Where a version is to stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    /// Where it stands.
    pub(crate) lifecycle: Lifecycle,
    /// Since when it is deprecated; for one that is.
    pub(crate) deprecated_at: Option<Timestamp>,
    /// When it will go.
    pub(crate) sunset_at: Option<Timestamp>,
    /// What comes after it; nil for nothing.
    pub(crate) successor: ApiVersionId,
}

/// Puts a version where it is to stand. Subscribers are told when that is the beginning of its end.
pub(crate) async fn declare(
    platform: &Platform,
    actor: &Actor,
    id: ApiVersionId,
    ending: Ending,
) -> Result<()> {
    let mut work = platform.begin(actor).await?;
    let workspace = work.workspace();
    let before = load(work.conn(), workspace, id).await?;
    let mut after = ApiVersion {
        lifecycle: ending.lifecycle,
        successor_id: ending.successor,
        sunset_at: ending.sunset_at,
        ..before.clone()
    };
    match ending.lifecycle {
        Lifecycle::Draft | Lifecycle::Published => {
            (after.deprecated_at, after.retired_at) = (None, None);
        }
        Lifecycle::Deprecated => {
            let since = ending.deprecated_at.or(before.deprecated_at);
            after.deprecated_at = since.or(Some(work.at()));
            after.retired_at = None;
        }
        Lifecycle::Retired => {
            after.deprecated_at = ending.deprecated_at.or(before.deprecated_at);
            after.retired_at = before.retired_at.or(Some(work.at()));
        }
    }
    if ending.lifecycle.is_routed() && before.published_at.is_none() {
        after.published_at = Some(work.at());
    }
    let stands = |row: &ApiVersion| {
        (
            row.lifecycle,
            row.successor_id,
            row.deprecated_at,
            row.sunset_at,
            row.retired_at,
            row.published_at,
        )
    };
    if stands(&after) == stands(&before) {
        return work.commit().await.map(drop);
    }
    let after = write(&mut work, after, before.version, &before).await?;
    audit(&mut work, "api_version.declared", &before, &after).await?;
    if before.lifecycle != after.lifecycle
        && matches!(after.lifecycle, Lifecycle::Deprecated | Lifecycle::Retired)
    {
        subscribers::tell(platform, &mut work, &after, after.lifecycle.as_str()).await?;
    }
    work.commit().await.map(drop)
}

/// Whether a version that is on the gateway can serve there, after everything about it was written.
pub(crate) async fn verify(platform: &Platform, actor: &Actor, id: ApiVersionId) -> Result<()> {
    let mut work = platform.begin(actor).await?;
    let workspace = work.workspace();
    api_versions::lock_publishing(work.conn(), workspace).await?;
    if let Some(row) = api_versions::find(work.conn(), workspace, id).await?
        && matches!(row.lifecycle, Lifecycle::Published | Lifecycle::Deprecated)
    {
        readiness::check(work.conn(), &row).await?;
    }
    work.commit().await.map(drop)
}

//! Where a version stands: publishing, deprecating, retiring, and taking back.

use domain::Timestamp;
use domain::access::Permission;
use domain::actor::Actor;
use domain::api::Lifecycle;
use domain::id::ApiVersionId;
use store::api_versions::{self, ApiVersion};

use super::{audit, full_name, load, readiness, subscribers, write};
use crate::access::need;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::work::Work;

/// How a version is going to end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Deprecation {
    /// When it is going to be retired: the `Sunset` header (RFC 8594). Later than now.
    pub sunset_at: Option<Timestamp>,
    /// The version that comes after it.
    pub successor: Option<ApiVersionId>,
}

/// Puts a version on the gateway and into the portal, or takes back that it is deprecated or retired.
pub async fn publish(
    platform: &Platform,
    actor: &Actor,
    id: ApiVersionId,
    version: i64,
) -> Result<ApiVersion> {
    step(platform, actor, id, version, Step::Publish).await
}

/// Takes a version off the gateway and out of the portal; it is a draft again.
pub async fn unpublish(
    platform: &Platform,
    actor: &Actor,
    id: ApiVersionId,
    version: i64,
) -> Result<ApiVersion> {
    step(platform, actor, id, version, Step::Unpublish).await
}

/// Announces the end of a version: it goes on serving, with `Deprecation` and `Sunset` headers, and takes no new
/// subscriptions. A version that is deprecated already gets the new dates.
pub async fn deprecate(
    platform: &Platform,
    actor: &Actor,
    id: ApiVersionId,
    version: i64,
    how: Deprecation,
) -> Result<ApiVersion> {
    step(platform, actor, id, version, Step::Deprecate(how)).await
}

/// Ends a version: its requests are refused with 410.
pub async fn retire(
    platform: &Platform,
    actor: &Actor,
    id: ApiVersionId,
    version: i64,
) -> Result<ApiVersion> {
    step(platform, actor, id, version, Step::Retire).await
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Publish,
    Unpublish,
    Deprecate(Deprecation),
    Retire,
}

impl Step {
    const fn leads_to(self) -> Lifecycle {
        match self {
            Self::Publish => Lifecycle::Published,
            Self::Unpublish => Lifecycle::Draft,
            Self::Deprecate(_) => Lifecycle::Deprecated,
            Self::Retire => Lifecycle::Retired,
        }
    }

    const fn action(self) -> &'static str {
        match self {
            Self::Publish => "api_version.published",
            Self::Unpublish => "api_version.unpublished",
            Self::Deprecate(_) => "api_version.deprecated",
            Self::Retire => "api_version.retired",
        }
    }
}

async fn step(
    platform: &Platform,
    actor: &Actor,
    id: ApiVersionId,
    version: i64,
    step: Step,
) -> Result<ApiVersion> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    api_versions::lock_publishing(work.conn(), actor.workspace).await?;
    let before = load(work.conn(), actor.workspace, id).await?;
    if before.version != version {
        return Err(super::stale(before.version));
    }
    check_step(&mut work, &before, step).await?;
    let after = apply(&mut work, &before, step).await?;
    if after.lifecycle.is_routed() && !matches!(step, Step::Retire) {
        readiness::check(work.conn(), &after).await?;
    }
    let after = write(&mut work, after, version, &before).await?;
    audit(&mut work, step.action(), &before, &after).await?;
    if matches!(step, Step::Deprecate(_) | Step::Retire) {
        let what = step.leads_to();
        subscribers::tell(platform, &mut work, &after, what.as_str()).await?;
    }
    work.commit().await?;
    Ok(after)
}

async fn check_step(work: &mut Work, before: &ApiVersion, step: Step) -> Result<()> {
    let next = step.leads_to();
    let new_dates = matches!(step, Step::Deprecate(_)) && before.lifecycle == Lifecycle::Deprecated;
    if new_dates || before.lifecycle.may_become(next) {
        return Ok(());
    }
    let name = full_name(work.conn(), before).await?;
    Err(Error::WrongState(if before.lifecycle == next {
        format!("{name} is {next} already")
    } else {
        format!(
            "{name} is {}; it cannot become {next} from there",
            before.lifecycle
        )
    }))
}

async fn apply(work: &mut Work, before: &ApiVersion, step: Step) -> Result<ApiVersion> {
    let mut after = before.clone();
    after.lifecycle = step.leads_to();
    match step {
        Step::Publish => {
            // Taking back an announcement does not make the version a new one.
            if before.lifecycle == Lifecycle::Draft || before.published_at.is_none() {
                after.published_at = Some(work.at());
            }
            (after.deprecated_at, after.sunset_at, after.retired_at) = (None, None, None);
            after.successor_id = ApiVersionId::NIL;
        }
        Step::Unpublish => (),
        Step::Deprecate(how) => {
            check_deprecation(work, before, how).await?;
            after.deprecated_at = before.deprecated_at.or(Some(work.at()));
            after.sunset_at = how.sunset_at;
            after.retired_at = None;
            after.successor_id = how.successor.unwrap_or_default();
        }
        Step::Retire => after.retired_at = Some(work.at()),
    }
    Ok(after)
}

async fn check_deprecation(work: &mut Work, before: &ApiVersion, how: Deprecation) -> Result<()> {
    if how.sunset_at.is_some_and(|sunset| sunset <= work.at()) {
        return Err(Error::invalid("sunset_at", "is in the past"));
    }
    let Some(successor) = how.successor else {
        return Ok(());
    };
    if successor == before.id {
        return Err(Error::invalid("successor_id", "is the version itself"));
    }
    let workspace = work.workspace();
    match api_versions::find(work.conn(), workspace, successor).await? {
        None => Err(Error::invalid(
            "successor_id",
            format!("names no version: there is no `{successor}`"),
        )),
        Some(row) if row.lifecycle != Lifecycle::Published => {
            let name = full_name(work.conn(), &row).await?;
            Err(Error::invalid(
                "successor_id",
                format!("is not published: {name} is {}", row.lifecycle),
            ))
        }
        Some(_) => Ok(()),
    }
}

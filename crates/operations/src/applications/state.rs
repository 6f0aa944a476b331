//! Shutting an application out, and letting it in again: for the platform team.

use domain::access::Permission;
use domain::actor::Actor;
use domain::id::ApplicationId;
use domain::subscription::ApplicationState;
use domain::text::paragraph;
use store::applications::Application;

use super::{held, save};
use crate::access::need;
use crate::error::{Error, Result};
use crate::platform::Platform;

/// The longest reason, in characters.
const REASON_MOST: usize = 1_000;

/// Shuts an application out: all its credentials are refused. The owner reads the reason.
pub async fn suspend(
    platform: &Platform,
    actor: &Actor,
    id: ApplicationId,
    version: i64,
    reason: &str,
) -> Result<Application> {
    turn(
        platform,
        actor,
        (id, version),
        ApplicationState::Suspended,
        reason,
    )
    .await
}

/// Lets an application in again.
pub async fn resume(
    platform: &Platform,
    actor: &Actor,
    id: ApplicationId,
    version: i64,
) -> Result<Application> {
    turn(platform, actor, (id, version), ApplicationState::Active, "").await
}

async fn turn(
    platform: &Platform,
    actor: &Actor,
    (id, version): (ApplicationId, i64),
    state: ApplicationState,
    reason: &str,
) -> Result<Application> {
    need(actor, Permission::ConsumersWrite)?;
    let reason = paragraph(reason, REASON_MOST).map_err(|e| Error::invalid("reason", e))?;
    let mut work = platform.begin(actor).await?;
    let before = held(&mut work, actor, id, version).await?;
    if before.state == state {
        return Ok(before);
    }
    let after = Application {
        state,
        ..before.clone()
    };
    let (action, title) = match state {
        ApplicationState::Suspended => ("application.suspended", "was suspended"),
        ApplicationState::Active => ("application.resumed", "is let in again"),
    };
    let after = save(&mut work, action, &before, after).await?;
    work.notify(
        after.owner_id,
        action,
        &format!("{} {title}", after.name.as_str()),
        &reason,
        &format!("/applications/{id}"),
    );
    work.commit().await?;
    Ok(after)
}

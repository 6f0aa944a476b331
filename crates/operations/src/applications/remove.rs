//! Deleting an application, and what that breaks.

use domain::actor::Actor;
use domain::change::ChangeKind;
use domain::id::ApplicationId;
use store::applications::Line;

use super::{conflict, facts, held, reach};
use crate::error::{Error, Result};
use crate::plans::Open;
use crate::platform::Platform;
use crate::words::counted;

/// What goes with an application when it is deleted.
pub async fn impact(platform: &Platform, actor: &Actor, id: ApplicationId) -> Result<Line> {
    let mut conn = platform.db.read().await?;
    reach::changeable(&mut conn, actor, id).await?;
    store::applications::find_line(&mut conn, actor.workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("application", id))
}

/// Deletes an application with its keys and ended subscriptions. Open subscriptions stand in the way, or are cancelled
/// with it. What it called stays in the usage of its products.
pub async fn delete(
    platform: &Platform,
    actor: &Actor,
    id: ApplicationId,
    version: i64,
    open: Open,
) -> Result<()> {
    let mut work = platform.begin(actor).await?;
    store::applications::lock(work.conn(), actor.workspace, id).await?;
    let application = held(&mut work, actor, id, version).await?;
    let conn = work.conn();
    let still = store::subscriptions::open_of_application(conn, actor.workspace, id).await?;
    if open == Open::Refuse && !still.is_empty() {
        let count = i64::try_from(still.len()).unwrap_or(i64::MAX);
        return Err(Error::InUse(format!(
            "application `{}` has {}",
            application.name.as_str(),
            counted(count, "open subscription")
        )));
    }
    let credentials = store::credentials::of_application(conn, actor.workspace, id).await?;
    let subscriptions =
        store::subscriptions::delete_of_application(conn, actor.workspace, id).await?;
    if !store::applications::delete(conn, actor.workspace, id, version).await? {
        return Err(conflict(version + 1));
    }
    for credential in credentials {
        work.removed(ChangeKind::Credential, credential.id);
    }
    for subscription in subscriptions {
        work.removed(ChangeKind::Subscription, subscription);
    }
    for subscription in &still {
        work.audit(
            "subscription.cancelled",
            "subscription",
            subscription.id,
            application.name.as_str(),
            Some(serde_json::json!({ "state": subscription.state })),
            None,
        );
    }
    work.removed(ChangeKind::Application, id);
    work.audit(
        "application.deleted",
        "application",
        id,
        application.name.as_str(),
        Some(facts(&application)),
        None,
    );
    work.commit().await?;
    Ok(())
}

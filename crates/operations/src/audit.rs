//! The audit log, for the platform team.

use domain::access::Permission;
use domain::actor::Actor;
use domain::id::AuditEventId;
pub use store::audit::{AuditEvent, AuditFilter};

use crate::Platform;
use crate::access::need;
use crate::error::{Error, Result};
use crate::paging::{Page, Paging};

/// Lines, newest first.
pub async fn list(
    platform: &Platform,
    actor: &Actor,
    filter: &AuditFilter,
    paging: &Paging,
) -> Result<Page<AuditEvent>> {
    need(actor, Permission::AuditRead)?;
    let after = paging.cursor()?;
    let mut conn = platform.db.read().await?;
    let rows =
        store::audit::list(&mut conn, actor.workspace, filter, after, paging.probe()).await?;
    Ok(paging.page(rows, |event| (event.at, event.id)))
}

/// One line, with what was before and after.
pub async fn find(platform: &Platform, actor: &Actor, id: AuditEventId) -> Result<AuditEvent> {
    need(actor, Permission::AuditRead)?;
    let mut conn = platform.db.read().await?;
    store::audit::find(&mut conn, actor.workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("audit event", id))
}

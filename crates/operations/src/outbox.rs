//! The outbox, for the platform team: what was sent, what was kept, what failed, and a second try.

use domain::access::Permission;
use domain::actor::Actor;
use domain::id::OutboxEventId;
use store::outbox::OutboxEvent;

use crate::Platform;
use crate::access::need;
use crate::error::{Error, Result};
use crate::paging::{Page, Paging};

/// Which messages are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those in this state (`waiting`, `sent`, `kept`, `failed`).
    pub state: Option<String>,
    /// Only those to recipients that hold this text.
    pub recipient: Option<String>,
}

/// Messages, newest first, without what is in them: their links let whoever has them act for the recipient.
pub async fn list(
    platform: &Platform,
    actor: &Actor,
    filter: &Filter,
    paging: &Paging,
) -> Result<Page<OutboxEvent>> {
    need(actor, Permission::AuditRead)?;
    let after = paging.cursor()?;
    let mut conn = platform.db.read().await?;
    let mut rows = store::outbox::list(
        &mut conn,
        actor.workspace,
        filter.state.as_deref(),
        filter.recipient.as_deref(),
        after,
        paging.probe(),
    )
    .await?;
    for event in &mut rows {
        event.payload.0 = serde_json::Value::Null;
    }
    Ok(paging.page(rows, |event| (event.created_at, event.id)))
}

/// One message with what its template needs. Holds the link of the mail: for whoever may manage the system.
pub async fn find(platform: &Platform, actor: &Actor, id: OutboxEventId) -> Result<OutboxEvent> {
    need(actor, Permission::SystemWrite)?;
    let mut conn = platform.db.read().await?;
    store::outbox::find(&mut conn, actor.workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("message", id))
}

/// Has a message sent again that was kept or given up.
pub async fn retry(platform: &Platform, actor: &Actor, id: OutboxEventId) -> Result<()> {
    need(actor, Permission::SystemWrite)?;
    let mut work = platform.begin(actor).await?;
    let at = work.at();
    let workspace = work.workspace();
    let Some(event) = store::outbox::find(work.conn(), workspace, id).await? else {
        return Err(Error::not_found("message", id));
    };
    if !store::outbox::retry(work.conn(), workspace, id, at).await? {
        return Err(Error::WrongState("the message was sent already".to_owned()));
    }
    work.audit(
        "outbox.retried",
        "message",
        id,
        &event.recipient,
        None,
        None,
    );
    work.commit().await?;
    platform.outbox.notify_one();
    Ok(())
}

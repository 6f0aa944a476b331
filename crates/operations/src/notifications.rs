//! Messages for the person who is signed in.

use domain::actor::Actor;
use domain::id::NotificationId;
use store::notifications::Notification;

use crate::Platform;
use crate::access::person;
use crate::error::Result;
use crate::paging::{Page, Paging};

/// The person's messages, newest first.
pub async fn list(
    platform: &Platform,
    actor: &Actor,
    paging: &Paging,
) -> Result<Page<Notification>> {
    let account = person(actor)?;
    let after = paging.cursor()?;
    let mut conn = platform.db.read().await?;
    let rows =
        store::notifications::list(&mut conn, actor.workspace, account, after, paging.probe())
            .await?;
    Ok(paging.page(rows, |message| (message.created_at, message.id)))
}

/// How many the person has not read.
pub async fn unread(platform: &Platform, actor: &Actor) -> Result<i64> {
    let account = person(actor)?;
    let mut conn = platform.db.read().await?;
    Ok(store::notifications::unread(&mut conn, actor.workspace, account).await?)
}

/// Marks one as read; nothing happens to a stranger's.
pub async fn mark_read(platform: &Platform, actor: &Actor, id: NotificationId) -> Result<()> {
    let account = person(actor)?;
    let mut tx = platform.db.begin().await?;
    store::notifications::mark_read(&mut tx, actor.workspace, account, id, platform.now()).await?;
    Ok(tx.commit().await?)
}

/// Marks all as read.
pub async fn mark_all_read(platform: &Platform, actor: &Actor) -> Result<()> {
    let account = person(actor)?;
    let mut tx = platform.db.begin().await?;
    store::notifications::mark_all_read(&mut tx, actor.workspace, account, platform.now()).await?;
    Ok(tx.commit().await?)
}

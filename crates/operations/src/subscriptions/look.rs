//! Looking at subscriptions: one with its history, the own ones, everybody's, and the inbox of what waits.

use domain::Timestamp;
use domain::access::Permission;
use domain::actor::Actor;
use domain::id::{ApplicationId, ProductId, SubscriptionId};
use store::subscription_events::Event;
use store::subscription_lines::{Filter, Line};

use super::write::missing;
use crate::access::{need, person};
use crate::applications::reach;
use crate::error::{Error, Result};
use crate::paging::{Page, Paging};
use crate::platform::Platform;

/// A subscription with what happened to it.
#[derive(Debug, Clone)]
pub struct Detail {
    /// The subscription with its names.
    pub line: Line,
    /// What happened, in order.
    pub events: Vec<Event>,
}

/// Which requests the inbox shows.
#[derive(Debug, Clone, Default)]
pub struct Inbox {
    /// For this product only.
    pub product: Option<ProductId>,
    /// A part of the application's or the owner's name, or of the owner's address.
    pub text: String,
}

/// A subscription of one's own, or anybody's with the permission.
pub async fn find(platform: &Platform, actor: &Actor, id: SubscriptionId) -> Result<Detail> {
    let mut conn = platform.db.read().await?;
    let line = store::subscription_lines::find_line(&mut conn, actor.workspace, id)
        .await?
        .filter(|l| reach::owns(actor, l.owner_id) || actor.may(Permission::ConsumersRead));
    let Some(line) = line else {
        person(actor)?;
        return Err(missing(id));
    };
    let events =
        store::subscription_events::of_subscription(&mut conn, actor.workspace, id).await?;
    Ok(Detail { line, events })
}

/// The subscriptions of an application, the latest first.
pub async fn of_application(
    platform: &Platform,
    actor: &Actor,
    application: ApplicationId,
) -> Result<Vec<Line>> {
    let mut conn = platform.db.read().await?;
    reach::readable(&mut conn, actor, application).await?;
    let rows =
        store::subscription_lines::of_application(&mut conn, actor.workspace, application).await?;
    Ok(rows)
}

/// The subscriptions of all applications of the person who acts, the latest first.
pub async fn own(platform: &Platform, actor: &Actor) -> Result<Vec<Line>> {
    let owner = person(actor)?;
    let mut conn = platform.db.read().await?;
    Ok(store::subscription_lines::of_owner(&mut conn, actor.workspace, owner).await?)
}

/// What else the requester has asked for, the latest first: what a decision is made on.
pub async fn history(platform: &Platform, actor: &Actor, id: SubscriptionId) -> Result<Vec<Line>> {
    need(actor, Permission::ConsumersRead)?;
    let mut conn = platform.db.read().await?;
    let line = store::subscription_lines::find_line(&mut conn, actor.workspace, id)
        .await?
        .ok_or_else(|| missing(id))?;
    let mut others =
        store::subscription_lines::of_owner(&mut conn, actor.workspace, line.owner_id).await?;
    others.retain(|other| other.id != id);
    Ok(others)
}

/// Subscriptions of everybody, the latest request first.
pub async fn list(
    platform: &Platform,
    actor: &Actor,
    filter: &Filter,
    paging: &Paging,
) -> Result<Page<Line>> {
    need(actor, Permission::ConsumersRead)?;
    let after = paging.cursor::<(i64, SubscriptionId)>()?;
    let after = after.map(|(at, id)| (Timestamp::from_micros(at), id));
    let mut conn = platform.db.read().await?;
    let rows =
        store::subscription_lines::list(&mut conn, actor.workspace, filter, after, paging.probe())
            .await?;
    Ok(paging.page(rows, |line| (line.requested_at.micros(), line.id)))
}

/// What waits for a decision, the oldest first.
pub async fn inbox(
    platform: &Platform,
    actor: &Actor,
    inbox: &Inbox,
    paging: &Paging,
) -> Result<Page<Line>> {
    need(actor, Permission::ConsumersRead)?;
    let (at, id) = paging
        .cursor::<(i64, SubscriptionId)>()?
        .unwrap_or((i64::MIN, SubscriptionId::NIL));
    let text = Some(inbox.text.trim()).filter(|text| !text.is_empty());
    let mut conn = platform.db.read().await?;
    let rows = store::subscription_lines::waiting(
        &mut conn,
        actor.workspace,
        inbox.product,
        text,
        (Timestamp::from_micros(at), id),
        paging.probe(),
    )
    .await?;
    Ok(paging.page(rows, |line| (line.requested_at.micros(), line.id)))
}

/// How many wait for a decision; for a badge.
pub async fn waiting(platform: &Platform, actor: &Actor) -> Result<i64> {
    need(actor, Permission::ConsumersRead)?;
    let mut conn = platform.db.read().await?;
    store::subscriptions::count_waiting(&mut conn, actor.workspace)
        .await
        .map_err(Error::from)
}

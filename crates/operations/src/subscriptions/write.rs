//! Writing a subscription with its event, its audit line and its line of the change feed: one way for every change.

use domain::actor::{Actor, Who};
use domain::change::ChangeKind;
use domain::id::{AccountId, SubscriptionId};
use domain::subscription::SubscriptionState;
use domain::text::{TextError, paragraph};
use serde_json::{Value, json};
use store::subscription_events::Event;
use store::subscription_lines::Line;
use store::subscriptions::Subscription;
use uuid::Uuid;

use crate::applications::reach;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::work::Work;

/// The longest reason or note, in characters.
const NOTE_MOST: usize = 2_000;

/// What happened, in the words of the timeline.
pub(super) mod kind {
    pub(crate) const REQUESTED: &str = "requested";
    pub(crate) const TERMS_ACCEPTED: &str = "terms_accepted";
    pub(crate) const STARTED: &str = "started";
    pub(crate) const APPROVED: &str = "approved";
    pub(crate) const REJECTED: &str = "rejected";
    pub(crate) const WITHDRAWN: &str = "withdrawn";
    pub(crate) const CANCELLED: &str = "cancelled";
    pub(crate) const SUSPENDED: &str = "suspended";
    pub(crate) const RESUMED: &str = "resumed";
    pub(crate) const CHANGE_REQUESTED: &str = "plan_change_requested";
    pub(crate) const CHANGE_REJECTED: &str = "plan_change_rejected";
    pub(crate) const CHANGE_WITHDRAWN: &str = "plan_change_withdrawn";
    pub(crate) const PLAN_CHANGED: &str = "plan_changed";
}

/// The subscription with its names, if it is there.
pub(super) async fn line(work: &mut Work, id: SubscriptionId) -> Result<Line> {
    let workspace = work.workspace();
    store::subscription_lines::find_line(work.conn(), workspace, id)
        .await?
        .ok_or_else(|| missing(id))
}

/// The subscription, if the actor may change its application, and at the version that the actor saw.
pub(super) async fn changeable(
    work: &mut Work,
    actor: &Actor,
    id: SubscriptionId,
    seen: Option<i64>,
) -> Result<Subscription> {
    let subscription = any(work, id, None).await?;
    reach::changeable(work.conn(), actor, subscription.application_id)
        .await
        .map_err(|error| match error {
            Error::NotFound { .. } => missing(id),
            other => other,
        })?;
    // Only who may reach it learns which version it has.
    any(work, id, seen).await
}

/// The subscription, whosever it is, at the version that the actor saw (if that is said).
pub(super) async fn any(
    work: &mut Work,
    id: SubscriptionId,
    seen: Option<i64>,
) -> Result<Subscription> {
    let workspace = work.workspace();
    let subscription = store::subscriptions::find(work.conn(), workspace, id)
        .await?
        .ok_or_else(|| missing(id))?;
    match seen {
        Some(version) if version != subscription.version => Err(conflict(subscription.version)),
        _ => Ok(subscription),
    }
}

/// Goes on only where the state machine lets the subscription go there.
pub(super) fn may_become(line: &Line, next: SubscriptionState) -> Result<()> {
    if line.state.may_become(next) {
        return Ok(());
    }
    Err(Error::WrongState(format!(
        "the subscription of `{}` to {} is {} and cannot become {next}",
        line.application_name.as_str(),
        line.product_name.as_str(),
        line.state
    )))
}

/// Writes a subscription that is new.
pub(super) async fn insert(work: &mut Work, subscription: &Subscription) -> Result<()> {
    store::subscriptions::insert(work.conn(), subscription)
        .await
        .map_err(|error| {
            if error.is_taken("subscription") {
                return Error::WrongState(
                    "the application has an open subscription to this product".to_owned(),
                );
            }
            error.into()
        })?;
    work.changed(ChangeKind::Subscription, subscription.id);
    Ok(())
}

/// Writes a subscription over the one that was read.
pub(super) async fn save(
    platform: &Platform,
    work: &mut Work,
    actor: &Actor,
    before: &Subscription,
    after: Subscription,
    (kind, note): (&str, &str),
) -> Result<Subscription> {
    let mut after = Subscription {
        updated_at: work.at(),
        ..after
    };
    if !store::subscriptions::update(work.conn(), &after).await? {
        return Err(conflict(before.version + 1));
    }
    after.version += 1;
    work.changed(ChangeKind::Subscription, after.id);
    tell(platform, work, actor, Some(before), &after, (kind, note)).await?;
    Ok(after)
}

/// Writes what happened into the timeline and the audit log.
pub(super) async fn tell(
    platform: &Platform,
    work: &mut Work,
    actor: &Actor,
    before: Option<&Subscription>,
    after: &Subscription,
    (kind, note): (&str, &str),
) -> Result<()> {
    event(platform, work, actor, after.id, kind, note).await?;
    let line = line(work, after.id).await?;
    let name = format!(
        "{}, {}",
        line.application_name.as_str(),
        line.product_name.as_str()
    );
    work.audit(
        &format!("subscription.{kind}"),
        "subscription",
        after.id,
        &name,
        before.map(facts),
        Some(facts(after)),
    );
    Ok(())
}

/// Writes what happened into the timeline.
pub(super) async fn event(
    platform: &Platform,
    work: &mut Work,
    actor: &Actor,
    subscription: SubscriptionId,
    kind: &str,
    note: &str,
) -> Result<()> {
    let event = Event {
        id: platform.new_id::<()>().uuid(),
        workspace_id: actor.workspace,
        subscription_id: subscription,
        at: work.at(),
        kind: kind.to_owned(),
        actor_id: who(actor),
        actor_name: actor.name.clone(),
        note: note.to_owned(),
    };
    store::subscription_events::insert(work.conn(), &event).await?;
    Ok(())
}

/// The person who acts; nil for the platform.
pub(super) fn who(actor: &Actor) -> AccountId {
    match &actor.who {
        Who::Account { id, .. } => *id,
        Who::Token { account, .. } => *account,
        Who::Client { .. } | Who::System | Who::Visitor => AccountId::new(Uuid::nil()),
    }
}

/// A note that may be left out.
pub(super) fn note(text: &str) -> Result<String> {
    paragraph(text, NOTE_MOST).map_err(|error| Error::invalid("note", error))
}

/// A reason that must be given.
pub(super) fn reason(text: &str) -> Result<String> {
    let checked = paragraph(text, NOTE_MOST).and_then(|text| match text.is_empty() {
        true => Err(TextError::Empty),
        false => Ok(text),
    });
    checked.map_err(|error| Error::invalid("reason", error))
}

pub(super) fn missing(id: SubscriptionId) -> Error {
    Error::not_found("subscription", id)
}

const fn conflict(current_version: i64) -> Error {
    Error::Conflict {
        what: "subscription",
        current_version,
    }
}

fn facts(s: &Subscription) -> Value {
    json!({
        "application_id": s.application_id, "product_id": s.product_id, "plan_id": s.plan_id, "state": s.state,
        "next_plan_id": (!s.next_plan_id.is_nil()).then_some(s.next_plan_id), "reason": s.reason,
    })
}

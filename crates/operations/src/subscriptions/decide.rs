//! Deciding what waits: a new subscription, or a change of plan.

use domain::access::Permission;
use domain::actor::Actor;
use domain::api::PlanState;
use domain::id::{PlanId, SubscriptionId};
use domain::subscription::SubscriptionState;
use store::subscription_lines::Line;
use store::subscriptions::Subscription;

use super::messages;
use super::write::{any, kind, line, may_become, note, reason, save, who};
use crate::access::need;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::work::Work;

/// What is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Yes, with a word that the requester reads (may be empty).
    Approve {
        /// The word.
        note: String,
    },
    /// No, with a reason that the requester reads.
    Reject {
        /// The reason.
        reason: String,
    },
}

/// Says yes to what waits.
pub async fn approve(
    platform: &Platform,
    actor: &Actor,
    id: SubscriptionId,
    seen: Option<i64>,
    note: &str,
) -> Result<Subscription> {
    let decision = Decision::Approve {
        note: note.to_owned(),
    };
    decide(platform, actor, id, seen, &decision).await
}

/// Says no to what waits. A refused change leaves the subscription as it is.
pub async fn reject(
    platform: &Platform,
    actor: &Actor,
    id: SubscriptionId,
    seen: Option<i64>,
    reason: &str,
) -> Result<Subscription> {
    let decision = Decision::Reject {
        reason: reason.to_owned(),
    };
    decide(platform, actor, id, seen, &decision).await
}

/// Decides many at once; each for itself, so that one that was withdrawn meanwhile does not hold up the others.
pub async fn decide_all(
    platform: &Platform,
    actor: &Actor,
    ids: &[SubscriptionId],
    decision: &Decision,
) -> Result<Vec<(SubscriptionId, Result<Subscription>)>> {
    need(actor, Permission::RequestsDecide)?;
    if let Decision::Reject { reason: why } = decision {
        reason(why)?;
    }
    let mut results = Vec::with_capacity(ids.len());
    for id in ids {
        results.push((*id, decide(platform, actor, *id, None, decision).await));
    }
    Ok(results)
}

async fn decide(
    platform: &Platform,
    actor: &Actor,
    id: SubscriptionId,
    seen: Option<i64>,
    decision: &Decision,
) -> Result<Subscription> {
    need(actor, Permission::RequestsDecide)?;
    let mut work = platform.begin(actor).await?;
    let before = any(&mut work, id, seen).await?;
    let asked = line(&mut work, id).await?;
    if !before.waiting {
        return Err(Error::WrongState(format!(
            "the subscription of `{}` to {} is {}; there is nothing to decide",
            asked.application_name.as_str(),
            asked.product_name.as_str(),
            asked.state
        )));
    }
    let after = match decision {
        Decision::Approve { note: word } => {
            let word = note(word)?;
            let after = say_yes(platform, &mut work, actor, &before, &asked, &word).await?;
            messages::approved(platform, &mut work, actor, &after, &word).await?;
            after
        }
        Decision::Reject { reason: why } => {
            let why = reason(why)?;
            let after = say_no(platform, &mut work, actor, &before, &asked, &why).await?;
            messages::rejected(platform, &mut work, actor, &asked, &why);
            after
        }
    };
    work.commit().await?;
    Ok(after)
}

async fn say_yes(
    platform: &Platform,
    work: &mut Work,
    actor: &Actor,
    before: &Subscription,
    asked: &Line,
    word: &str,
) -> Result<Subscription> {
    let changes = !before.next_plan_id.is_nil();
    let plan = if changes {
        before.next_plan_id
    } else {
        may_become(asked, SubscriptionState::Active)?;
        before.plan_id
    };
    still_good(work, plan).await?;
    let at = work.at();
    let after = Subscription {
        plan_id: plan,
        answers: if changes {
            before.next_answers.clone()
        } else {
            before.answers.clone()
        },
        state: if changes {
            before.state
        } else {
            SubscriptionState::Active
        },
        started_at: before.started_at.or(Some(at)),
        ..decided(before, work, actor)
    };
    let what = if changes {
        kind::PLAN_CHANGED
    } else {
        kind::APPROVED
    };
    save(platform, work, actor, before, after, (what, word)).await
}

async fn say_no(
    platform: &Platform,
    work: &mut Work,
    actor: &Actor,
    before: &Subscription,
    asked: &Line,
    why: &str,
) -> Result<Subscription> {
    if !before.next_plan_id.is_nil() {
        let after = decided(before, work, actor);
        let what = (kind::CHANGE_REJECTED, why);
        return save(platform, work, actor, before, after, what).await;
    }
    may_become(asked, SubscriptionState::Rejected)?;
    let after = Subscription {
        state: SubscriptionState::Rejected,
        reason: why.to_owned(),
        ended_at: Some(work.at()),
        ..decided(before, work, actor)
    };
    save(platform, work, actor, before, after, (kind::REJECTED, why)).await
}

/// What every decision writes.
fn decided(before: &Subscription, work: &Work, actor: &Actor) -> Subscription {
    Subscription {
        waiting: false,
        next_plan_id: PlanId::NIL,
        next_answers: Vec::new().into(),
        decided_by: who(actor),
        decided_at: Some(work.at()),
        ..before.clone()
    }
}

/// An active subscription needs a plan that is not retired.
async fn still_good(work: &mut Work, id: PlanId) -> Result<()> {
    let workspace = work.workspace();
    store::plans::lock(work.conn(), workspace, id).await?;
    let plan = store::plans::find(work.conn(), workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("plan", id))?;
    if plan.state == PlanState::Retired {
        return Err(Error::WrongState(format!(
            "plan `{}` is retired",
            plan.slug.as_str()
        )));
    }
    Ok(())
}

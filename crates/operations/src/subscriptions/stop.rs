//! Ending and stopping: withdraw, cancel, suspend, resume.

use domain::access::Permission;
use domain::actor::Actor;
use domain::api::PlanState;
use domain::id::{PlanId, SubscriptionId};
use domain::subscription::SubscriptionState;
use store::subscriptions::Subscription;

use super::messages;
use super::write::{any, changeable, kind, line, may_become, note, reason, save};
use crate::access::need;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::work::Work;

/// Takes back what waits for a decision: the subscription itself, or the change of its plan.
pub async fn withdraw(
    platform: &Platform,
    actor: &Actor,
    id: SubscriptionId,
    seen: Option<i64>,
) -> Result<Subscription> {
    let mut work = platform.begin(actor).await?;
    let before = changeable(&mut work, actor, id, seen).await?;
    if !before.waiting {
        return Err(Error::WrongState(
            "nothing waits for a decision any more".to_owned(),
        ));
    }
    let open = Subscription {
        waiting: false,
        next_plan_id: PlanId::NIL,
        next_answers: Vec::new().into(),
        ..before.clone()
    };
    let (after, what) = if before.next_plan_id.is_nil() {
        let ended = Subscription {
            state: SubscriptionState::Cancelled,
            ended_at: Some(work.at()),
            ..open
        };
        (ended, kind::WITHDRAWN)
    } else {
        (open, kind::CHANGE_WITHDRAWN)
    };
    let after = save(platform, &mut work, actor, &before, after, (what, "")).await?;
    work.commit().await?;
    Ok(after)
}

/// Ends a subscription for good: its owner, or the platform team (then the owner reads the note).
pub async fn cancel(
    platform: &Platform,
    actor: &Actor,
    id: SubscriptionId,
    seen: Option<i64>,
    why: &str,
) -> Result<Subscription> {
    let why = note(why)?;
    let mut work = platform.begin(actor).await?;
    let before = changeable(&mut work, actor, id, seen).await?;
    let after = end(platform, &mut work, actor, &before, &why).await?;
    work.commit().await?;
    Ok(after)
}

/// Stops a subscription until somebody resumes it. The owner reads the reason.
pub async fn suspend(
    platform: &Platform,
    actor: &Actor,
    id: SubscriptionId,
    seen: Option<i64>,
    why: &str,
) -> Result<Subscription> {
    need(actor, Permission::ConsumersWrite)?;
    let why = reason(why)?;
    let mut work = platform.begin(actor).await?;
    let before = any(&mut work, id, seen).await?;
    let names = line(&mut work, id).await?;
    may_become(&names, SubscriptionState::Suspended)?;
    let after = Subscription {
        state: SubscriptionState::Suspended,
        reason: why.clone(),
        ..before.clone()
    };
    let what = (kind::SUSPENDED, why.as_str());
    let after = save(platform, &mut work, actor, &before, after, what).await?;
    messages::to_owner(platform, &mut work, actor, &after, kind::SUSPENDED, &why).await?;
    work.commit().await?;
    Ok(after)
}

/// Brings a stopped subscription into force again.
pub async fn resume(
    platform: &Platform,
    actor: &Actor,
    id: SubscriptionId,
    seen: Option<i64>,
) -> Result<Subscription> {
    need(actor, Permission::ConsumersWrite)?;
    let mut work = platform.begin(actor).await?;
    let before = any(&mut work, id, seen).await?;
    let names = line(&mut work, id).await?;
    if before.state != SubscriptionState::Suspended {
        return Err(Error::WrongState(format!(
            "the subscription is {}, not suspended",
            before.state
        )));
    }
    store::plans::lock(work.conn(), actor.workspace, before.plan_id).await?;
    let plan = store::plans::find(work.conn(), actor.workspace, before.plan_id).await?;
    if plan.is_none_or(|plan| plan.state == PlanState::Retired) {
        return Err(Error::WrongState(format!(
            "plan `{}` is retired; change the plan first",
            names.plan_slug.as_str()
        )));
    }
    let after = Subscription {
        state: SubscriptionState::Active,
        reason: String::new(),
        ..before.clone()
    };
    let after = save(
        platform,
        &mut work,
        actor,
        &before,
        after,
        (kind::RESUMED, ""),
    )
    .await?;
    messages::to_owner(platform, &mut work, actor, &after, kind::RESUMED, "").await?;
    work.commit().await?;
    Ok(after)
}

/// Ends every open subscription on a plan, and turns down every change that asks for it, inside a change under way.
pub(crate) async fn cancel_of_plan(
    platform: &Platform,
    work: &mut Work,
    actor: &Actor,
    plan: PlanId,
    why: &str,
) -> Result<()> {
    let workspace = work.workspace();
    let open = store::subscriptions::open_naming_plan(work.conn(), workspace, plan).await?;
    for before in open {
        if before.plan_id == plan {
            end(platform, work, actor, &before, why).await?;
            continue;
        }
        let after = Subscription {
            waiting: before.state == SubscriptionState::Pending,
            next_plan_id: PlanId::NIL,
            next_answers: Vec::new().into(),
            ..before.clone()
        };
        save(
            platform,
            work,
            actor,
            &before,
            after,
            (kind::CHANGE_REJECTED, why),
        )
        .await?;
    }
    Ok(())
}

async fn end(
    platform: &Platform,
    work: &mut Work,
    actor: &Actor,
    before: &Subscription,
    why: &str,
) -> Result<Subscription> {
    let names = line(work, before.id).await?;
    may_become(&names, SubscriptionState::Cancelled)?;
    let after = Subscription {
        state: SubscriptionState::Cancelled,
        reason: why.to_owned(),
        waiting: false,
        next_plan_id: PlanId::NIL,
        next_answers: Vec::new().into(),
        ended_at: Some(work.at()),
        ..before.clone()
    };
    let after = save(platform, work, actor, before, after, (kind::CANCELLED, why)).await?;
    messages::to_owner(platform, work, actor, &after, kind::CANCELLED, why).await?;
    Ok(after)
}

//! Changing the plan of a subscription: at once for an instant plan, after a decision for a reviewed one. Until then the
//! old plan holds.

use domain::actor::Actor;
use domain::api::Approval;
use domain::id::{PlanId, SubscriptionId};
use domain::subscription::SubscriptionState;
use store::subscriptions::Subscription;

use super::messages;
use super::request::{accept, note_terms, on_offer};
use super::write::{changeable, kind, save, who};
use crate::error::{Error, Result};
use crate::plans::AnswerInput;
use crate::platform::Platform;

/// Asks for another plan of the same product.
pub async fn change_plan(
    platform: &Platform,
    actor: &Actor,
    id: SubscriptionId,
    seen: Option<i64>,
    plan: PlanId,
    answers: &[AnswerInput],
    accepts_terms: bool,
) -> Result<Subscription> {
    let mut work = platform.begin(actor).await?;
    let before = changeable(&mut work, actor, id, seen).await?;
    if before.state != SubscriptionState::Active {
        return Err(Error::WrongState(format!(
            "the subscription is {}; the plan of an active one can be changed",
            before.state
        )));
    }
    let (plan, product) = on_offer(&mut work, actor, plan).await?;
    if product.id != before.product_id {
        return Err(Error::invalid("plan", "belongs to another product"));
    }
    if plan.id == before.plan_id {
        return Err(Error::invalid(
            "plan",
            "is the plan that the subscription has",
        ));
    }
    let answers = accept(&plan, answers, accepts_terms)?.into();
    let asked = Subscription {
        requested_by: who(actor),
        requested_at: work.at(),
        decided_at: None,
        ..before.clone()
    };
    let name = plan.name.as_str();
    let after = match plan.approval {
        Approval::Instant => {
            let after = Subscription {
                plan_id: plan.id,
                answers,
                waiting: false,
                next_plan_id: PlanId::NIL,
                next_answers: Vec::new().into(),
                ..asked
            };
            let what = (kind::PLAN_CHANGED, name);
            let after = save(platform, &mut work, actor, &before, after, what).await?;
            messages::to_owner(platform, &mut work, actor, &after, kind::PLAN_CHANGED, "").await?;
            after
        }
        Approval::Reviewed => {
            let after = Subscription {
                waiting: true,
                next_plan_id: plan.id,
                next_answers: answers,
                ..asked
            };
            let what = (kind::CHANGE_REQUESTED, name);
            let after = save(platform, &mut work, actor, &before, after, what).await?;
            messages::to_deciders(platform, &mut work, actor, &after).await?;
            after
        }
    };
    note_terms(platform, &mut work, actor, &after, &plan).await?;
    work.commit().await?;
    Ok(after)
}

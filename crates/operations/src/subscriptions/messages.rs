//! What people are told of a subscription: mails into the outbox, messages into the faces.

use domain::account::Face;
use domain::actor::Actor;
use domain::limit::{Quota, RateLimit};
use serde_json::json;
use store::plans::Plan;
use store::subscription_lines::Line;
use store::subscriptions::Subscription;

use super::write::{kind, line, who};
use crate::error::Result;
use crate::platform::Platform;
use crate::words;
use crate::work::Work;

/// Tells everybody who may decide, but the one who asks.
pub(super) async fn to_deciders(
    platform: &Platform,
    work: &mut Work,
    actor: &Actor,
    subscription: &Subscription,
) -> Result<()> {
    let names = line(work, subscription.id).await?;
    let changes = !subscription.next_plan_id.is_nil();
    let answers = if changes {
        &names.next_answers
    } else {
        &names.answers
    };
    let plan = names.next_plan_name.as_ref().unwrap_or(&names.plan_name);
    let path = format!("/approvals/{}", subscription.id);
    let payload = json!({
        "requester": names.requested_by_name,
        "application": names.application_name,
        "product": names.product_name,
        "plan": plan,
        "answers": answers.iter().map(|a| (&a.question, &a.answer)).collect::<Vec<_>>(),
        "link": platform.settings.link(Face::Admin, &path),
    });
    let title = format!(
        "{} asks for {}, {}",
        names.application_name.as_str(),
        names.product_name.as_str(),
        plan.as_str()
    );
    let workspace = work.workspace();
    for decider in store::decisions::deciders(work.conn(), workspace).await? {
        if decider.id == who(actor) {
            continue;
        }
        work.mail("subscription_requested", &decider.email, payload.clone());
        work.notify(decider.id, "subscription_requested", &title, "", &path);
    }
    Ok(())
}

/// Tells the owner that it was approved.
pub(super) async fn approved(
    platform: &Platform,
    work: &mut Work,
    actor: &Actor,
    subscription: &Subscription,
    note: &str,
) -> Result<()> {
    let names = line(work, subscription.id).await?;
    let workspace = work.workspace();
    let plan = store::plans::find(work.conn(), workspace, subscription.plan_id).await?;
    let items = store::products::items_of(work.conn(), workspace, subscription.product_id).await?;
    let gateway = platform.settings.gateway_url.as_str().trim_end_matches('/');
    let base_url = items.last().map_or_else(
        || gateway.to_owned(),
        |item| format!("{gateway}{}", item.base_path.trim_end_matches('/')),
    );
    let path = format!("/applications/{}", names.application_id);
    let payload = json!({
        "name": names.owner_name,
        "decided_by": actor.name,
        "note": (!note.is_empty()).then_some(note),
        "application": names.application_name,
        "product": names.product_name,
        "plan": names.plan_name,
        "limits": plan.as_ref().map_or_else(String::new, limits),
        "base_url": base_url,
        "link": platform.settings.link(Face::Portal, &path),
    });
    work.mail("subscription_approved", &names.owner_email, payload);
    let title = format!(
        "{} is open to {}",
        names.product_name.as_str(),
        names.application_name.as_str()
    );
    work.notify(names.owner_id, "subscription_approved", &title, note, &path);
    Ok(())
}

/// Tells the owner that it was refused, and why. `asked` is how it stood when it was asked for.
pub(super) fn rejected(
    platform: &Platform,
    work: &mut Work,
    actor: &Actor,
    asked: &Line,
    reason: &str,
) {
    let plan = asked.next_plan_name.as_ref().unwrap_or(&asked.plan_name);
    let path = place(asked);
    let payload = json!({
        "name": asked.owner_name,
        "decided_by": actor.name,
        "reason": reason,
        "application": asked.application_name,
        "product": asked.product_name,
        "plan": plan,
        "asked": words::moment(asked.requested_at),
        "link": platform.settings.link(Face::Portal, &path),
    });
    work.mail("subscription_refused", &asked.owner_email, payload);
    let title = format!(
        "{}, {}, was refused for {}",
        asked.product_name.as_str(),
        plan.as_str(),
        asked.application_name.as_str()
    );
    work.notify(
        asked.owner_id,
        "subscription_refused",
        &title,
        reason,
        &path,
    );
}

/// Tells the owner by mail and message what became of it, unless the owner did it. `what` is the kind of the event.
pub(super) async fn to_owner(
    platform: &Platform,
    work: &mut Work,
    actor: &Actor,
    subscription: &Subscription,
    what: &str,
    note: &str,
) -> Result<()> {
    let names = line(work, subscription.id).await?;
    if who(actor) == names.owner_id {
        return Ok(());
    }
    let template = format!("subscription_{what}");
    let path = place(&names);
    let payload = json!({
        "name": names.owner_name,
        "decided_by": actor.name,
        "reason": note,
        "application": names.application_name,
        "product": names.product_name,
        "plan": names.plan_name,
        "link": platform.settings.link(Face::Portal, &path),
    });
    work.mail(&template, &names.owner_email, payload);
    let (application, product) = (names.application_name.as_str(), names.product_name.as_str());
    let title = match what {
        kind::PLAN_CHANGED => format!(
            "{application} is on the plan {} of {product} now",
            names.plan_name.as_str()
        ),
        what => format!("The subscription of {application} to {product} was {what}"),
    };
    work.notify(names.owner_id, &template, &title, note, &path);
    Ok(())
}

fn place(line: &Line) -> String {
    format!("/subscriptions/{}", line.id)
}

/// Limits and quota in words: `600 a minute, 100 000 a month`.
fn limits(plan: &Plan) -> String {
    let rate = |limit: &RateLimit| format!("{} a {}", words::number(limit.requests), limit.window);
    let quota = |q: &Quota| format!("{} a {}", words::number(q.requests), q.period);
    let mut parts: Vec<String> = plan.rate_limits.iter().map(rate).collect();
    parts.extend(plan.quota.as_deref().map(quota));
    if parts.is_empty() {
        return "no limits".to_owned();
    }
    parts.join(", ")
}

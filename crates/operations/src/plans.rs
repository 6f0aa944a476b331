//! Plans: terms of access to a product.

mod form;
mod input;

use domain::Timestamp;
use domain::access::Permission;
use domain::actor::Actor;
use domain::api::{PlanState, ProductState};
use domain::change::ChangeKind;
use domain::id::{ApiVersionId, PlanId, ProductId, WorkspaceId};
use serde_json::{Value, json};
use store::plans::Plan;

pub use form::{AnswerInput, QuestionInput, check_answers};
pub use input::Input;
use input::Standing;

use crate::access::need;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::subscriptions;
use crate::words::counted;
use crate::work::Work;

/// What becomes of open subscriptions when what they stand on goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// While there are any, nothing happens.
    Refuse,
    /// They are cancelled, and their owners told.
    Cancel,
}

/// Adds a plan to a product, as the last one.
pub async fn create(
    platform: &Platform,
    actor: &Actor,
    product: ProductId,
    input: &Input,
) -> Result<Plan> {
    need(actor, Permission::CatalogWrite)?;
    let terms = input.check()?;
    let mut work = platform.begin(actor).await?;
    let workspace = actor.workspace;
    store::products::find(work.conn(), workspace, product)
        .await?
        .ok_or_else(|| Error::not_found("product", product))?;
    let others = store::plans::of_product(work.conn(), workspace, product).await?;
    let plan = terms.into_plan(Standing {
        id: platform.new_id(),
        workspace_id: workspace,
        product_id: product,
        state: PlanState::Active,
        position: others.iter().map(|p| p.position + 1).max().unwrap_or(0),
        created_at: work.at(),
        updated_at: work.at(),
        version: 1,
    });
    store::plans::insert(work.conn(), &plan)
        .await
        .map_err(|error| taken(error, &plan))?;
    work.changed(ChangeKind::Plan, plan.id);
    note(&mut work, "plan.created", None, &plan);
    work.commit().await?;
    Ok(plan)
}

/// A plan as [`create`] would write it, in no product yet.
pub(crate) fn draft(input: &Input) -> Result<Plan> {
    Ok(input.check()?.into_plan(Standing {
        id: PlanId::NIL,
        workspace_id: WorkspaceId::NIL,
        product_id: ProductId::NIL,
        state: PlanState::Active,
        position: 0,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        version: 1,
    }))
}

/// Changes the terms of a plan. Limits and quota hold for its subscriptions at once.
pub async fn update(
    platform: &Platform,
    actor: &Actor,
    id: PlanId,
    version: i64,
    input: &Input,
) -> Result<Plan> {
    need(actor, Permission::CatalogWrite)?;
    let terms = input.check()?;
    let mut work = platform.begin(actor).await?;
    let before = held(&mut work, id, version).await?;
    let after = terms.into_plan(Standing::of(&before));
    let after = save(&mut work, "plan.updated", &before, after).await?;
    work.commit().await?;
    Ok(after)
}

/// Opens a plan to new subscriptions, or closes it to them (`Deprecated`); what is subscribed goes on.
pub async fn set_open(
    platform: &Platform,
    actor: &Actor,
    id: PlanId,
    version: i64,
    state: PlanState,
) -> Result<Plan> {
    if state == PlanState::Retired {
        return retire(platform, actor, id, version, Open::Refuse).await;
    }
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let before = held(&mut work, id, version).await?;
    let after = Plan {
        state,
        ..before.clone()
    };
    let after = save(&mut work, &format!("plan.{state}"), &before, after).await?;
    work.commit().await?;
    Ok(after)
}

/// Retires a plan: it authorises nothing any more, so no open subscription may be left on it.
pub async fn retire(
    platform: &Platform,
    actor: &Actor,
    id: PlanId,
    version: i64,
    open: Open,
) -> Result<Plan> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let before = held(&mut work, id, version).await?;
    if open == Open::Cancel {
        let reason = format!("The plan {} was retired.", before.name.as_str());
        subscriptions::cancel_of_plan(platform, &mut work, actor, id, &reason).await?;
    }
    unused(&mut work, &before).await?;
    let after = Plan {
        state: PlanState::Retired,
        ..before.clone()
    };
    let after = save(&mut work, "plan.retired", &before, after).await?;
    work.commit().await?;
    Ok(after)
}

/// Deletes a plan that no open subscription is on, with the ended ones.
pub async fn delete(platform: &Platform, actor: &Actor, id: PlanId, version: i64) -> Result<()> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let plan = held(&mut work, id, version).await?;
    unused(&mut work, &plan).await?;
    let conn = work.conn();
    let ended = store::subscriptions::delete_ended_of_plan(conn, actor.workspace, id).await?;
    store::plans::delete(conn, actor.workspace, id, version).await?;
    for subscription in ended {
        work.removed(ChangeKind::Subscription, subscription);
    }
    work.removed(ChangeKind::Plan, id);
    work.audit(
        "plan.deleted",
        "plan",
        id,
        plan.name.as_str(),
        Some(facts(&plan)),
        None,
    );
    work.commit().await?;
    Ok(())
}

/// Puts the plans of a product into this order. All of them must be named.
pub async fn reorder(
    platform: &Platform,
    actor: &Actor,
    product: ProductId,
    order: &[PlanId],
) -> Result<Vec<Plan>> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let workspace = actor.workspace;
    let plans = store::plans::of_product(work.conn(), workspace, product).await?;
    let complete = plans.len() == order.len() && plans.iter().all(|plan| order.contains(&plan.id));
    if !complete {
        return Err(Error::invalid(
            "order",
            "must name each plan of the product once",
        ));
    }
    for (position, plan) in (0_i64..).zip(order) {
        store::plans::place(work.conn(), product, *plan, position).await?;
    }
    let names: Vec<String> = order.iter().map(ToString::to_string).collect();
    let after = Some(json!({ "order": names }));
    work.audit("plan.reordered", "product", product, "plans", None, after);
    let plans = store::plans::of_product(work.conn(), workspace, product).await?;
    work.commit().await?;
    Ok(plans)
}

/// A plan.
pub async fn find(platform: &Platform, actor: &Actor, id: PlanId) -> Result<Plan> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    store::plans::find(&mut conn, actor.workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("plan", id))
}

/// The plans of a product, in order.
pub async fn of_product(
    platform: &Platform,
    actor: &Actor,
    product: ProductId,
) -> Result<Vec<Plan>> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    store::products::find(&mut conn, actor.workspace, product)
        .await?
        .ok_or_else(|| Error::not_found("product", product))?;
    Ok(store::plans::of_product(&mut conn, actor.workspace, product).await?)
}

/// The plans under which an API version can be subscribed to now: of published products that hold it.
pub async fn of_version(
    platform: &Platform,
    actor: &Actor,
    version: ApiVersionId,
) -> Result<Vec<Plan>> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    let workspace = actor.workspace;
    let products = store::products::of_api_version(&mut conn, workspace, version).await?;
    let mut plans = Vec::new();
    for product in products {
        if product.state == ProductState::Published {
            plans.extend(store::plans::of_product(&mut conn, workspace, product.id).await?);
        }
    }
    plans.retain(|plan| plan.state == PlanState::Active);
    Ok(plans)
}

/// Every plan with its product's name, by both: for choosing. At most 500.
pub async fn all(platform: &Platform, actor: &Actor) -> Result<Vec<store::plans::Named>> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    Ok(store::plans::named(&mut conn, actor.workspace).await?)
}

/// The plan, when it is at this version, held so that nobody subscribes to it meanwhile.
async fn held(work: &mut Work, id: PlanId, version: i64) -> Result<Plan> {
    let workspace = work.workspace();
    let conn = work.conn();
    store::plans::lock(conn, workspace, id).await?;
    let plan = store::plans::find(conn, workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("plan", id))?;
    if plan.version != version {
        return Err(conflict(plan.version));
    }
    Ok(plan)
}

async fn unused(work: &mut Work, plan: &Plan) -> Result<()> {
    let workspace = work.workspace();
    let open = store::subscriptions::open_of_plan(work.conn(), workspace, plan.id).await?;
    if open == 0 {
        return Ok(());
    }
    Err(Error::InUse(format!(
        "plan `{}` has {}",
        plan.slug.as_str(),
        counted(open, "open subscription")
    )))
}

async fn save(work: &mut Work, action: &str, before: &Plan, after: Plan) -> Result<Plan> {
    let mut after = Plan {
        updated_at: work.at(),
        ..after
    };
    let written = store::plans::update(work.conn(), &after)
        .await
        .map_err(|error| taken(error, &after))?;
    if !written {
        return Err(conflict(before.version + 1));
    }
    after.version += 1;
    work.changed(ChangeKind::Plan, after.id);
    note(work, action, Some(before), &after);
    Ok(after)
}

fn note(work: &mut Work, action: &str, before: Option<&Plan>, after: &Plan) {
    let name = after.name.as_str();
    let (before, facts) = (before.map(facts), Some(facts(after)));
    work.audit(action, "plan", after.id, name, before, facts);
}

const fn conflict(current_version: i64) -> Error {
    Error::Conflict {
        what: "plan",
        current_version,
    }
}

fn taken(error: store::Error, plan: &Plan) -> Error {
    if error.is_taken("plan") {
        let slug = plan.slug.as_str();
        return Error::invalid(
            "slug",
            format!("`{slug}` is the name of another plan of this product"),
        );
    }
    error.into()
}

fn facts(p: &Plan) -> Value {
    json!({
        "product_id": p.product_id, "slug": p.slug, "name": p.name, "summary": p.summary, "state": p.state,
        "approval": p.approval, "review_hours": p.review_hours, "price": p.price, "rate_limits": *p.rate_limits,
        "quota": p.quota, "questions": *p.questions, "terms": p.terms,
    })
}

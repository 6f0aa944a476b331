//! Asking for a subscription: at once in force where the plan is instant, waiting for a decision where it is reviewed.

use domain::access::Permission;
use domain::actor::Actor;
use domain::api::{Approval, Lifecycle, PlanState, ProductState, Visibility};
use domain::id::{AccountId, ApplicationId, PlanId};
use domain::subscription::{ApplicationState, SubscriptionState};
use store::applications::Application;
use store::plans::Plan;
use store::products::Product;
use store::subscriptions::{Answer, Subscription};

use super::write::{insert, kind, tell, who};
use super::{messages, write};
use crate::applications::reach;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::plans::{AnswerInput, check_answers};
use crate::platform::Platform;
use crate::work::Work;

/// What a developer asks for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who is to call.
    pub application: ApplicationId,
    /// On which terms.
    pub plan: PlanId,
    /// The answers to the plan's form.
    pub answers: Vec<AnswerInput>,
    /// Whether the plan's terms were accepted; asked for only where it has some.
    pub accepts_terms: bool,
}

/// Asks for a subscription.
pub async fn request(
    platform: &Platform,
    actor: &Actor,
    request: &Request,
) -> Result<Subscription> {
    let mut work = platform.begin(actor).await?;
    let workspace = actor.workspace;
    store::applications::lock(work.conn(), workspace, request.application).await?;
    let application = reach::changeable(work.conn(), actor, request.application).await?;
    if application.state == ApplicationState::Suspended {
        return Err(Error::WrongState(format!(
            "application `{}` is suspended",
            application.name.as_str()
        )));
    }
    let (plan, product) = on_offer(&mut work, actor, request.plan).await?;
    none_open(&mut work, &application, &product).await?;
    let answers = accept(&plan, &request.answers, request.accepts_terms)?;
    let at = work.at();
    let instant = plan.approval == Approval::Instant;
    let subscription = Subscription {
        id: platform.new_id(),
        workspace_id: workspace,
        application_id: application.id,
        product_id: product.id,
        plan_id: plan.id,
        state: if instant {
            SubscriptionState::Active
        } else {
            SubscriptionState::Pending
        },
        answers: answers.into(),
        next_plan_id: PlanId::NIL,
        next_answers: Vec::new().into(),
        waiting: !instant,
        reason: String::new(),
        requested_by: who(actor),
        decided_by: AccountId::NIL,
        requested_at: at,
        decided_at: None,
        started_at: instant.then_some(at),
        ended_at: None,
        updated_at: at,
        version: 1,
    };
    insert(&mut work, &subscription).await?;
    let name = plan.name.as_str();
    tell(
        platform,
        &mut work,
        actor,
        None,
        &subscription,
        (kind::REQUESTED, name),
    )
    .await?;
    note_terms(platform, &mut work, actor, &subscription, &plan).await?;
    if instant {
        write::event(
            platform,
            &mut work,
            actor,
            subscription.id,
            kind::STARTED,
            "",
        )
        .await?;
    } else {
        messages::to_deciders(platform, &mut work, actor, &subscription).await?;
    }
    work.commit().await?;
    Ok(subscription)
}

/// The plan with its product, when new subscriptions to it are taken and the actor may know of it.
pub(super) async fn on_offer(
    work: &mut Work,
    actor: &Actor,
    id: PlanId,
) -> Result<(Plan, Product)> {
    let workspace = work.workspace();
    let conn = work.conn();
    store::plans::lock(conn, workspace, id).await?;
    let plan = store::plans::find(conn, workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("plan", id))?;
    let product = store::products::find(conn, workspace, plan.product_id)
        .await?
        .ok_or_else(|| Error::not_found("product", plan.product_id))?;
    let team = actor.may(Permission::CatalogRead);
    let seen = product.state == ProductState::Published && product.visibility != Visibility::Hidden;
    if !seen && !team {
        return Err(Error::not_found("plan", id));
    }
    if product.state != ProductState::Published {
        return Err(Error::WrongState(format!(
            "product `{}` is {}, not on offer",
            product.slug.as_str(),
            product.state
        )));
    }
    if plan.state != PlanState::Active {
        return Err(Error::WrongState(format!(
            "plan `{}` is {} and takes no new subscriptions",
            plan.slug.as_str(),
            plan.state
        )));
    }
    let items = store::products::items_of(conn, workspace, product.id).await?;
    let lasts = |item: &store::products::NamedItem| item.lifecycle == Lifecycle::Published;
    if !items.is_empty() && !items.iter().any(lasts) {
        return Err(Error::WrongState(format!(
            "product `{}` holds only versions that are deprecated, retired or not published and takes no new subscriptions",
            product.slug.as_str()
        )));
    }
    Ok((plan, product))
}

/// The answers, when the form is filled in and the terms are accepted.
pub(super) fn accept(
    plan: &Plan,
    answers: &[AnswerInput],
    accepts_terms: bool,
) -> Result<Vec<Answer>> {
    let mut fields = Fields::new();
    let answers = check_answers(&mut fields, &plan.questions, answers);
    if !plan.terms.is_empty() && !accepts_terms {
        fields.refuse("accepts_terms", "must be accepted");
    }
    fields.finish()?;
    Ok(answers)
}

/// Notes that the terms were accepted, where there are some.
pub(super) async fn note_terms(
    platform: &Platform,
    work: &mut Work,
    actor: &Actor,
    subscription: &Subscription,
    plan: &Plan,
) -> Result<()> {
    if plan.terms.is_empty() {
        return Ok(());
    }
    let note = format!("terms of {}, version {}", plan.name.as_str(), plan.version);
    write::event(
        platform,
        work,
        actor,
        subscription.id,
        kind::TERMS_ACCEPTED,
        &note,
    )
    .await
}

async fn none_open(work: &mut Work, application: &Application, product: &Product) -> Result<()> {
    let workspace = work.workspace();
    let open =
        store::subscriptions::open_of_application(work.conn(), workspace, application.id).await?;
    let Some(open) = open.iter().find(|s| s.product_id == product.id) else {
        return Ok(());
    };
    Err(Error::WrongState(format!(
        "application `{}` has a subscription to {} already; it is {}",
        application.name.as_str(),
        product.name.as_str(),
        open.state
    )))
}

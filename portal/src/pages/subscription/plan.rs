//! `/subscriptions/{id}/plan`: another plan of the same product, at once or after a decision.

use axum::extract::Path;
use axum::response::Response;
use domain::api::Approval;
use domain::id::{PlanId, SubscriptionId};
use domain::subscription::SubscriptionState;
use leptos::prelude::*;
use operations::subscriptions;
use operations::{Error, products};
use store::plans::Plan;
use store::subscription_lines::Line;

use super::signed_in;
use crate::components::crumbs::crumbs;
use crate::components::icon::icon;
use crate::failure::PageError;
use crate::form::{Asked, Submitted, lead_to};
use crate::page::Page;
use crate::pages::gate::wrong;
use crate::pages::subscribe::asking::{
    accepts_terms, answers, choice, decider, grants, questions, terms,
};
use crate::pages::typed::Typed;

/// The subscription, and what it could change to.
struct Change {
    line: Line,
    current: Option<Plan>,
    others: Vec<Plan>,
}

/// The page, with the plan of the address chosen.
pub(crate) async fn get(
    page: Page,
    Path(id): Path<String>,
    Asked(query): Asked<Typed>,
) -> Result<Response, PageError> {
    let change = read(&page, signed_in(&page, &id)?).await?;
    Ok(page.show("Change the plan", || view(&change, &query)))
}

/// Asks for the other plan.
pub(crate) async fn post(
    page: Page,
    Path(id): Path<String>,
    Submitted(mut typed): Submitted<Typed>,
) -> Result<Response, PageError> {
    let id = signed_in(&page, &id)?;
    let change = read(&page, id).await?;
    let Some(plan) = change.chosen(&typed) else {
        typed.wrong("plan", "is not on offer any more; choose another one");
        return Ok(page.refuse_form("Change the plan", || view(&change, &typed)));
    };
    let answers = answers(plan, &typed);
    let changed = subscriptions::change_plan(
        &page.portal.platform,
        &page.actor,
        id,
        Some(typed.version()?),
        plan.id,
        &answers,
        accepts_terms(plan, &typed),
    );
    match changed.await {
        Ok(_) => Ok(lead_to(&format!("/subscriptions/{id}"))),
        Err(error) => {
            let typed = typed.refused(error)?;
            Ok(page.refuse_form("Change the plan", || view(&change, &typed)))
        }
    }
}

impl Change {
    fn chosen(&self, typed: &Typed) -> Option<&Plan> {
        let id: PlanId = typed.get("plan").parse().ok()?;
        self.others.iter().find(|plan| plan.id == id)
    }
}

async fn read(page: &Page, id: SubscriptionId) -> Result<Change, PageError> {
    let (platform, actor) = (&page.portal.platform, &page.actor);
    let line = subscriptions::find(platform, actor, id).await?.line;
    let plans = match products::shelf(platform, actor, line.product_id).await {
        Ok(shelf) => shelf.plans,
        // Off the shelf: what is subscribed goes on, and nothing else is on offer.
        Err(Error::NotFound { .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let (current, others) = plans
        .into_iter()
        .partition::<Vec<_>, _>(|plan| plan.id == line.plan_id);
    Ok(Change {
        line,
        current: current.into_iter().next(),
        others,
    })
}

fn view(change: &Change, typed: &Typed) -> AnyView {
    let line = &change.line;
    let back = format!("/subscriptions/{}", line.id);
    let (application, product) = (line.application_name.as_str(), line.product_name.as_str());
    let name = format!("{product}, {}", line.plan_name.as_str());
    let above = [
        ("Applications", "/applications"),
        (name.as_str(), back.as_str()),
    ];
    let lede = format!("For {application}. The keys stay the same.");
    let head = view! {
        <header class="threshold">{crumbs(&above, "Change the plan")}
            <div class="heading"><div><h1>"Change the plan"</h1><p class="lede">{lede}</p></div></div></header>
    };
    let Some(first) = change.others.first().filter(|_| is_changeable(line)) else {
        let why = why_not(line);
        return view! {
            {head}
            <div class="empty">{icon("plan")}<h2>"The plan stays as it is"</h2><p>{why}</p>
                <div class="actions"><a class="button" href=back>"Back to the subscription"</a></div></div>
        }
        .into_any();
    };
    let chosen = change.chosen(typed).unwrap_or(first);
    let plans: Vec<_> = change
        .others
        .iter()
        .map(|plan| choice(plan, chosen.id))
        .collect();
    let action = format!("{back}/plan");
    let words = match chosen.approval {
        Approval::Instant => format!("Change to {}", chosen.name.as_str()),
        Approval::Reviewed => format!("Ask for {}", chosen.name.as_str()),
    };
    view! {
        {head}
        {wrong(typed, &[("plan", "Plan")])}
        <div class="split"><div class="subscribe">
            <form action=action.clone() method="get" data-send-on-change="">
                <section class="form-section"><header><h2>"Plan"</h2><p>{format!("In place of {}.", line.plan_name.as_str())}</p></header>
                    <div class="fields"><div role="radiogroup" aria-label="Plan" id="plan">{plans}</div>
                        <noscript><button class="button" type="submit">"Choose this plan"</button></noscript></div>
                </section>
            </form>
            <form action=action method="post" novalidate="">
                <input type="hidden" name="plan" value=chosen.id.to_string()/>
                <input type="hidden" name="version" value=line.version.to_string()/>
                {questions(chosen, typed)}
                {terms(chosen, typed)}
                <div class="form-foot"><button class="button" data-kind="primary" type="submit">{words}</button><a class="button" data-kind="quiet" href=back>"Keep the plan"</a></div>
            </form>
        </div>
        {beside(change, chosen)}</div>
    }
    .into_any()
}

fn is_changeable(line: &Line) -> bool {
    line.state == SubscriptionState::Active && !line.waiting
}

fn why_not(line: &Line) -> &'static str {
    match line.state {
        _ if line.waiting => {
            "A request of yours waits for a decision. Withdraw it to ask for something else."
        }
        SubscriptionState::Active => "The product has no other plan on offer at the moment.",
        SubscriptionState::Suspended => {
            "The subscription is suspended; the plan can be changed when it is resumed."
        }
        _ => "The subscription is not in force.",
    }
}

fn beside(change: &Change, chosen: &Plan) -> AnyView {
    let now = change.current.as_ref().map(|plan| {
        view! { <section><h2>{format!("Now: {}", plan.name.as_str())}</h2><dl class="facts" data-size="small" data-ruled="">{grants(plan)}</dl></section> }
    });
    let next = format!("Then: {}", chosen.name.as_str());
    let until = (chosen.approval == Approval::Reviewed).then(|| {
        view! { <p class="muted">{format!("Until then {} holds.", change.line.plan_name.as_str())}</p> }
    });
    view! {
        <aside class="aside sticky" aria-label="What changes">
            {now}
            <section><h2>{next}</h2><dl class="facts" data-size="small" data-ruled="">{grants(chosen)}</dl></section>
            <section><h2>"Who decides"</h2><p class="muted">{decider(chosen)}</p>{until}</section>
        </aside>
    }
    .into_any()
}

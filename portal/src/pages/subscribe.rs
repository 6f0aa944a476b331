//! `/apis/{api}/subscribe?plan=`: plan, application, questions and terms on one page.

pub(super) mod asking;

use axum::extract::Path;
use axum::response::Response;
use domain::api::{Approval, Lifecycle};
use domain::id::{ApplicationId, PlanId};
use domain::subscription::SubscriptionState;
use leptos::prelude::*;
use operations::catalog::{self, ApiPage};
use operations::products::{self, Shelf};
use operations::subscriptions::{self, Request};
use operations::{Error, applications};
use store::applications::Line;
use store::plans::Plan;

use self::asking::{choice, decider, grants, questions, terms};
use super::gate::wrong;
use super::typed::Typed;
use crate::components::crumbs::crumbs;
use crate::components::field::{Field, field};
use crate::components::icon::icon;
use crate::failure::PageError;
use crate::form::{Asked, Submitted, lead_to};
use crate::page::Page;

/// The value of the choice that makes an application.
const NEW: &str = "new";

/// All that the page is made of.
struct Offer {
    api: ApiPage,
    shelves: Vec<Shelf>,
    own: Vec<Line>,
}

/// The page, with the plan of the address chosen.
pub(crate) async fn get(
    page: Page,
    Path(slug): Path<String>,
    Asked(query): Asked<Typed>,
) -> Result<Response, PageError> {
    let offer = read(&page, &slug).await?;
    let title = title(&offer);
    Ok(page.show(&title, || view(&offer, &query)))
}

/// Asks for the subscription; where the application is new, makes it first.
pub(crate) async fn post(
    page: Page,
    Path(slug): Path<String>,
    Submitted(mut typed): Submitted<Typed>,
) -> Result<Response, PageError> {
    let offer = read(&page, &slug).await?;
    let Some(plan) = offer.chosen(&typed) else {
        typed.wrong("plan", "is not on offer any more; choose another one");
        return Ok(again(&page, &offer, &typed));
    };
    let answers = asking::answers(plan, &typed);
    let accepts_terms = asking::accepts_terms(plan, &typed);
    if !plan.terms.is_empty() && !accepts_terms {
        // Before an application is made for a request that would be refused.
        typed.wrong("", "The terms of the plan must be accepted.");
        return Ok(again(&page, &offer, &typed));
    }
    let application = match application(&page, &typed).await {
        Ok(application) => application,
        Err(error) => return refused(&page, &offer, typed, error),
    };
    let request = Request {
        application,
        plan: plan.id,
        answers,
        accepts_terms,
    };
    match subscriptions::request(&page.portal.platform, &page.actor, &request).await {
        Ok(made) if made.state == SubscriptionState::Active => Ok(lead_to(&format!(
            "/applications/{application}?told=subscribed"
        ))),
        Ok(made) => Ok(lead_to(&format!("/subscriptions/{}", made.id))),
        Err(error) => {
            // An application that was made a moment ago is there now: it is chosen from here on.
            let typed = typed.with("application", &application.to_string());
            let offer = read(&page, &slug).await?;
            refused(&page, &offer, typed, error)
        }
    }
}

impl Offer {
    fn plans(&self) -> impl Iterator<Item = &Plan> {
        self.shelves.iter().flat_map(|shelf| &shelf.plans)
    }

    /// The plan that is asked for: by its id, or by its name in URLs.
    fn chosen(&self, typed: &Typed) -> Option<&Plan> {
        let plan = typed.get("plan");
        let id: Option<PlanId> = plan.parse().ok();
        self.plans()
            .find(|other| Some(other.id) == id || other.slug.as_str() == plan)
    }
}

async fn read(page: &Page, slug: &str) -> Result<Offer, PageError> {
    if page.viewer.is_none() {
        return Err(PageError::SignInFirst);
    }
    let (platform, actor) = (&page.portal.platform, &page.actor);
    let api = catalog::api(platform, actor, slug, None).await?;
    Ok(Offer {
        shelves: products::shelves_of(platform, actor, api.version.id).await?,
        own: applications::own(platform, actor).await?,
        api,
    })
}

/// The application that is chosen, or the one that is made for this.
async fn application(page: &Page, typed: &Typed) -> Result<ApplicationId, Error> {
    let chosen = typed.get("application");
    if chosen == NEW || chosen.is_empty() {
        let input = super::applications::input(typed);
        let made = applications::create(&page.portal.platform, &page.actor, &input).await?;
        return Ok(made.id);
    }
    chosen
        .parse()
        .map_err(|_| Error::not_found("application", chosen))
}

fn refused(page: &Page, offer: &Offer, typed: Typed, error: Error) -> Result<Response, PageError> {
    let typed = typed.refused(error)?;
    Ok(again(page, offer, &typed))
}

fn again(page: &Page, offer: &Offer, typed: &Typed) -> Response {
    page.refuse_form(&title(offer), || view(offer, typed))
}

fn title(offer: &Offer) -> String {
    format!("Get access to {}", offer.api.api.name.as_str())
}

fn view(offer: &Offer, typed: &Typed) -> AnyView {
    let api = &offer.api.api;
    let href = format!("/apis/{}", api.slug);
    let above = [("APIs", "/"), (api.name.as_str(), href.as_str())];
    let head = view! {
        <header class="threshold">{crumbs(&above, "Get access")}<div class="heading"><div><h1>{title(offer)}</h1></div></div></header>
    };
    let takes = offer.api.version.lifecycle == Lifecycle::Published;
    let Some(first) = offer.plans().next().filter(|_| takes) else {
        return view! {
            {head}
            <div class="empty">{icon("key")}<h2>"No plan is open"</h2><p>"This API takes no new applications at the moment."</p>
                <div class="actions"><a class="button" href=href.clone()>"Back to the API"</a></div></div>
        }
        .into_any();
    };
    let chosen = offer.chosen(typed).unwrap_or(first);
    let action = format!("{href}/subscribe");
    let plans: Vec<_> = offer.plans().map(|plan| choice(plan, chosen.id)).collect();
    let words = match chosen.approval {
        Approval::Instant => "Get access",
        Approval::Reviewed => "Send the request",
    };
    // Questions and terms belong to one plan: choosing another one shows its own, with or without scripts.
    view! {
        {head}
        {wrong(typed, &[("plan", "Plan"), ("name", "Name")])}
        <div class="split"><div class="subscribe">
            <form action=action.clone() method="get" data-send-on-change="">
                <section class="form-section"><header><h2>"Plan"</h2><p>"You can change it later; keys stay the same."</p></header>
                    <div class="fields"><div role="radiogroup" aria-label="Plan" id="plan">{plans}</div>
                        <noscript><button class="button" type="submit">"Choose this plan"</button></noscript></div>
                </section>
            </form>
            <form action=action method="post" novalidate="">
                <input type="hidden" name="plan" value=chosen.id.to_string()/>
                {application_section(offer, typed)}
                {questions(chosen, typed)}
                {terms(chosen, typed)}
                <div class="form-foot"><button class="button" data-kind="primary" type="submit">{words}</button></div>
            </form>
        </div>
        {beside(offer, chosen)}</div>
    }
    .into_any()
}

fn application_section(offer: &Offer, typed: &Typed) -> AnyView {
    let wanted = match (typed.get("application"), offer.own.first()) {
        ("", Some(first)) => first.id.to_string(),
        (other, _) => other.to_owned(),
    };
    let own: Vec<_> = offer
        .own
        .iter()
        .map(|line| {
            let id = line.id.to_string();
            let selected = id == wanted;
            view! { <option value=id selected=selected>{line.name.as_str().to_owned()}</option> }
        })
        .collect();
    let name = Field {
        name: "name",
        label: "Name of a new one",
        kind: "text",
        autocomplete: "off",
        value: typed.text("name"),
        hint: Some("Only where “Make a new one” is chosen."),
        error: typed.error("name"),
        ..Field::default()
    };
    let is_new = wanted == NEW || wanted.is_empty();
    view! {
        <section class="form-section"><header><h2>"Application"</h2><p>"What will make the calls. Each one has its own keys and its own numbers."</p></header>
            <div class="fields">
                <div class="field"><label for="application">"Application"</label>
                    <select class="select" id="application" name="application">{own}<option value=NEW selected=is_new>"Make a new one"</option></select></div>
                {field(name)}
            </div></section>
    }
    .into_any()
}

fn beside(offer: &Offer, plan: &Plan) -> AnyView {
    let name = format!(
        "{}, {}",
        offer.api.api.name.as_str(),
        offer.api.version.label
    );
    view! {
        <aside class="aside sticky" aria-label="What you ask for">
            <section><h2>"What you ask for"</h2><dl class="facts" data-size="small" data-ruled="">
                <div><dt>"API"</dt><dd>{name}</dd></div>
                <div><dt>"Plan"</dt><dd>{plan.name.as_str().to_owned()}</dd></div>
                {grants(plan)}
            </dl></section>
            <section><h2>"Who decides"</h2><p class="muted">{decider(plan)}</p></section>
        </aside>
    }
    .into_any()
}

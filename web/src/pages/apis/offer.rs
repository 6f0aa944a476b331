//! `/apis/{api}/{version}/offer`: which product the first plan of a version becomes part of. Nothing is made unasked.

use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect};
use domain::api::{Lifecycle, ProductState};
use domain::id::ProductId;
use operations::{Paging, products};
use serde_json::json;
use store::products::Product;

use super::place::Place;
use crate::admin::{Admin, show_form};
use crate::answer::{Answer, done};
use crate::form::{Form, id};
use crate::parts::{Choice, FormPage, FormSection, Kind, Threshold};

/// Choices that are no product yet.
const ON_OFFER: &str = "on_offer";
const DRAFT: &str = "draft";

/// Goes on to the plan where one product holds the version; asks otherwise.
pub(crate) async fn get(admin: Admin, Path((api, label)): Path<(String, String)>) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    let held = products::holding(&admin.platform, &admin.actor, place.version.id).await?;
    if let [product] = held.as_slice() {
        return Ok(Redirect::to(&plan_of(product.id)).into_response());
    }
    let first = match held.first() {
        Some(product) => product.id.to_string(),
        None => DRAFT.to_owned(),
    };
    page(&admin, &place, &held, &Form::of([("product", first)])).await
}

/// Makes the product that was chosen, or puts the version into it; then the plan.
pub(crate) async fn post(
    admin: Admin,
    Path((api, label)): Path<(String, String)>,
    mut form: Form,
) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    let version = place.version.id;
    let (platform, actor) = (&admin.platform, &admin.actor);
    let held = products::holding(platform, actor, version).await?;
    let chosen = match form.get("product") {
        ON_OFFER => Some(ProductState::Published),
        DRAFT => Some(ProductState::Draft),
        "" => {
            form.refuse("product", "is not chosen yet");
            return page(&admin, &place, &held, &form).await;
        }
        _ => None,
    };
    let Some(state) = chosen else {
        let product: ProductId = id(form.get("product"))?;
        return match products::add_item(platform, actor, product, version).await {
            Ok(()) => Ok(Redirect::to(&plan_of(product)).into_response()),
            Err(error) => page(&admin, &place, &held, &form.refused(error)?).await,
        };
    };
    match products::offer(platform, actor, version, state).await {
        Ok(product) => {
            let stands = match product.state {
                ProductState::Published => "on offer",
                ProductState::Draft | ProductState::Retired => "a draft",
            };
            let said = format!("The product {} is {stands}; now its plan", product.name);
            done(&plan_of(product.id), &said)
        }
        Err(error) => page(&admin, &place, &held, &form.refused(error)?).await,
    }
}

fn plan_of(product: ProductId) -> String {
    format!("/products/{product}/plans/new")
}

async fn page(admin: &Admin, place: &Place, held: &[Product], form: &Form) -> Answer {
    let choices = if held.is_empty() {
        let most = Paging::first(operations::paging::MOST);
        let others = products::list(&admin.platform, &admin.actor, None, None, &most).await?;
        choices(place, &others.items)
    } else {
        held.iter().map(holds_it).collect()
    };
    let product = form.field(Kind::Radio(choices), "product", "The plan is part of");
    let sections = vec![FormSection::new(
        "Product",
        "A product bundles API versions; developers subscribe to one of its plans.",
        vec![product],
    )];
    let title = format!("A plan for {}", place.name());
    let body = json!({ "name": place.api.name, "slug": place.api.slug });
    let page = FormPage {
        layout: place.layout(admin, "A plan"),
        head: Threshold::new(title)
            .below("APIs", "/apis")
            .below(place.name(), place.path()),
        notice: form.head(&FormPage::fields(&sections)),
        action: format!("{}/offer", place.path()),
        hidden: Vec::new(),
        sections,
        submit: "Go on to the plan".to_owned(),
        cancel: place.path(),
        api_call: Some(admin.api_call("POST", "/api/v1/products", Some(body))),
        after: String::new(),
        tabs: Vec::new(),
    };
    show_form(form.came_back(), &page)
}

/// A product of its own first, then those that are there.
fn choices(place: &Place, others: &[Product]) -> Vec<Choice> {
    let name = &place.api.name;
    let mut choices = vec![
        Choice::new(DRAFT, format!("A new product, {name}, as a draft"))
            .hint("Developers see it when you put it on offer."),
    ];
    if matches!(
        place.version.lifecycle,
        Lifecycle::Published | Lifecycle::Deprecated
    ) {
        choices.push(
            Choice::new(ON_OFFER, format!("A new product, {name}, on offer at once"))
                .hint("Developers see it in the portal as soon as it has a plan."),
        );
    }
    let open = others
        .iter()
        .filter(|product| product.state != ProductState::Retired);
    choices.extend(open.map(|product| {
        Choice::new(product.id.to_string(), product.name.to_string()).hint(format!(
            "{}; its plans then open this version too.",
            stands(product)
        ))
    }));
    choices
}

fn holds_it(product: &Product) -> Choice {
    Choice::new(product.id.to_string(), product.name.to_string()).hint(format!(
        "{}; it holds this version already.",
        stands(product)
    ))
}

fn stands(product: &Product) -> &'static str {
    match product.state {
        ProductState::Draft => "A draft",
        ProductState::Published => "On offer",
        ProductState::Retired => "Retired",
    }
}

//! `/apis/{api}/{version}/danger`: what ends the version, or the whole API.

use askama::Template;
use axum::extract::Path;
use operations::subscriptions;
use operations::usage::{self, Only, Preset, Query, Range, Scope};
use operations::{Paging, apis, versions};

use super::super::products::end::{again, telling, typed};
use super::lifecycle::{figure, steps};
use super::place::{Place, Tab};
use crate::admin::{Admin, show};
use crate::answer::{Answer, Fault, done};
use crate::form::Form;
use crate::layout::{Layout, Screen};
use crate::parts::{Confirm, ConfirmPage, Threshold};
use crate::say;

#[derive(Template)]
#[template(path = "pages/api_danger.html")]
struct Danger {
    layout: Layout,
    head: Threshold,
    tabs: Vec<(&'static str, String, bool)>,
    steps: Vec<(&'static str, String, &'static str)>,
    impact: Vec<(String, String)>,
    place: Place,
}

/// The tab.
pub(crate) async fn get(admin: Admin, Path((api, label)): Path<(String, String)>) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    show(&Danger {
        layout: place.layout(&admin, "Danger zone"),
        head: place.head(),
        tabs: place.tabs(Tab::Danger),
        steps: steps(&place),
        impact: impact(&admin, &place).await?,
        place,
    })
}

/// What depends on the version right now.
pub(crate) async fn impact(admin: &Admin, place: &Place) -> Result<Vec<(String, String)>, Fault> {
    let (platform, actor) = (&admin.platform, &admin.actor);
    let mut open = 0;
    let products =
        operations::products::list(platform, actor, None, None, &Paging::first(200)).await?;
    for product in products.items {
        let whole = operations::products::find(platform, actor, product.id).await?;
        if whole
            .items
            .iter()
            .any(|item| item.api_version_id == place.version.id)
        {
            open += whole.open.iter().map(|count| count.open).sum::<i64>();
        }
    }
    let mut figures = vec![figure("open subscriptions", open)];
    if admin.may(domain::access::Permission::UsageRead) {
        let query = Query {
            scope: Scope::Everything,
            range: Range::Last(Preset::Day),
            only: Only {
                api_version: Some(place.version.id),
                ..Only::default()
            },
        };
        let report = usage::report(platform, actor, &query).await?;
        figures.push(figure("calls in 24 h", report.totals.requests));
    }
    Ok(figures)
}

/// Asks before the version or the API is deleted.
pub(crate) async fn ask_delete(
    admin: Admin,
    Path((api, label, what)): Path<(String, String, String)>,
) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    show(&page(&admin, &place, &what, None).await?)
}

/// Deletes it, when its name was typed.
pub(crate) async fn delete(
    admin: Admin,
    Path((api, label, what)): Path<(String, String, String)>,
    form: Form,
) -> Answer {
    let place = Place::find(&admin, &api, &label).await?;
    let deleted = match what.as_str() {
        "api" => match typed(&form, place.api.name.as_str()) {
            Ok(()) => {
                apis::delete(&admin.platform, &admin.actor, place.api.id, form.version()).await
            }
            Err(error) => Err(error),
        },
        _ => match typed(&form, &place.name()) {
            Ok(()) => {
                versions::delete(
                    &admin.platform,
                    &admin.actor,
                    place.version.id,
                    form.version(),
                )
                .await
            }
            Err(error) => Err(error),
        },
    };
    match deleted {
        Ok(()) => done("/apis", &format!("Deleted {}", place.name())),
        Err(error) => again(page(&admin, &place, &what, Some(error)).await?),
    }
}

async fn page(
    admin: &Admin,
    place: &Place,
    what: &str,
    error: Option<operations::Error>,
) -> Result<ConfirmPage, Fault> {
    let error = telling(error)?;
    let whole = what == "api";
    let name = if whole {
        place.api.name.to_string()
    } else {
        place.name()
    };
    let question = format!("Delete {name}?");
    let (consequence, version, call) = if whole {
        (
            "The API goes with all its versions, documents, routes and policies. It stays while somebody is subscribed.",
            place.api.version,
            format!("/api/v1/apis/{}", place.api.id),
        )
    } else {
        (
            "The version goes with its documents, routes and policies. It stays while somebody is subscribed to it.",
            place.version.version,
            format!("/api/v1/versions/{}", place.version.id),
        )
    };
    Ok(ConfirmPage {
        layout: admin.layout(&question, Some(Screen::Apis)),
        head: Threshold::new(&question)
            .below("APIs", "/apis")
            .below(place.name(), place.path()),
        confirm: Confirm {
            id: "delete".to_owned(),
            question,
            consequence: consequence.to_owned(),
            impact: impact(admin, place).await?,
            fields: Vec::new(),
            typed_name: Some(name),
            error,
            action: format!("{}/delete/{what}", place.path()),
            keep: "Keep it".to_owned(),
            act: if whole {
                "Delete the API"
            } else {
                "Delete the version"
            }
            .to_owned(),
            version: Some(version),
            back: format!("{}/danger", place.path()),
        },
        api_call: Some(admin.api_call("DELETE", call, None)),
    })
}

/// Subscriptions that let somebody call the version.
pub(crate) async fn subscribers(
    admin: &Admin,
    place: &Place,
) -> Result<Vec<store::subscription_lines::Line>, Fault> {
    let (platform, actor) = (&admin.platform, &admin.actor);
    let mut lines = Vec::new();
    let products =
        operations::products::list(platform, actor, None, None, &Paging::first(200)).await?;
    for product in products.items {
        let whole = operations::products::find(platform, actor, product.id).await?;
        if whole
            .items
            .iter()
            .any(|item| item.api_version_id == place.version.id)
        {
            let filter = store::subscription_lines::Filter {
                product: Some(product.id),
                ..store::subscription_lines::Filter::default()
            };
            let page = subscriptions::list(platform, actor, &filter, &Paging::first(100)).await?;
            lines.extend(page.items);
        }
    }
    Ok(lines)
}

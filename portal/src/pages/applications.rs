//! `/applications`: one's own, and making one.

use axum::response::Response;
use domain::subscription::ApplicationState;
use leptos::prelude::*;
use operations::applications::{self, Input};
use store::applications::Line;

use super::gate::wrong;
use super::typed::Typed;
use crate::components::crumbs::crumbs;
use crate::components::field::{Field, field};
use crate::components::icon::icon;
use crate::components::moment::moment;
use crate::components::notice::notice;
use crate::components::state::{Tone, state};
use crate::failure::PageError;
use crate::form::{Asked, Submitted, lead_to};
use crate::page::Page;

const NEW: &str = "New application";

/// `GET /applications`
pub(crate) async fn list(page: Page, Asked(query): Asked<Typed>) -> Result<Response, PageError> {
    let own = applications::own(&page.portal.platform, &page.actor).await?;
    let deleted = query.get("told") == "deleted";
    Ok(page.show("Applications", || list_view(&page, &own, deleted)))
}

/// `GET /applications/new`
pub(crate) async fn new(page: Page) -> Result<Response, PageError> {
    if page.viewer.is_none() {
        return Err(PageError::SignInFirst);
    }
    Ok(page.show(NEW, || new_view(&Typed::default())))
}

/// `POST /applications/new`
pub(crate) async fn make(
    page: Page,
    Submitted(typed): Submitted<Typed>,
) -> Result<Response, PageError> {
    let input = input(&typed);
    match applications::create(&page.portal.platform, &page.actor, &input).await {
        Ok(made) => Ok(lead_to(&format!("/applications/{}?told=made", made.id))),
        Err(error) => {
            let typed = typed.refused(error)?;
            Ok(page.refuse_form(NEW, || new_view(&typed)))
        }
    }
}

/// What a form says of an application.
pub(super) fn input(typed: &Typed) -> Input {
    Input {
        name: typed.text("name"),
        description: typed.text("description"),
    }
}

/// The two fields of an application.
pub(super) fn fields(typed: &Typed) -> AnyView {
    let name = Field {
        name: "name",
        label: "Name",
        kind: "text",
        autocomplete: "off",
        value: typed.text("name"),
        hint: Some("As your colleagues call it."),
        error: typed.error("name"),
        ..Field::default()
    };
    let description = Field {
        name: "description",
        label: "What it is for",
        kind: "text",
        autocomplete: "off",
        value: typed.text("description"),
        error: typed.error("description"),
        optional: true,
        ..Field::default()
    };
    view! { {field(name)}{field(description)} }.into_any()
}

/// The labels of these fields, for the list of what is wrong.
pub(super) const LABELS: &[(&str, &str)] = &[("name", "Name"), ("description", "What it is for")];

fn list_view(page: &Page, own: &[Line], deleted: bool) -> AnyView {
    let now = page.portal.platform.now();
    let told = deleted.then(|| {
        let text = "Its keys are refused from now on; its subscriptions are cancelled.";
        notice(
            Tone::Good,
            "check-circle",
            "The application is deleted",
            text,
        )
    });
    let body = if own.is_empty() {
        view! {
            <div class="empty">
                {icon("application")}
                <h2>"No application yet"</h2>
                <p>"An application stands for the program that calls: your shop, your app, your nightly job. It has its own keys and its own numbers."</p>
                <div class="actions">
                    <a class="button" data-kind="primary" href="/applications/new">"Make an application"</a>
                    <a class="button" href="/">"Look at the APIs first"</a>
                </div>
            </div>
        }
        .into_any()
    } else {
        let rows: Vec<_> = own
            .iter()
            .map(|line| {
                let href = format!("/applications/{}", line.id);
                let used = line.last_used_at.map_or_else(
                    || view! { <span class="muted">"not yet"</span> }.into_any(),
                    |at| moment(at, now),
                );
                let standing = match line.state {
                    ApplicationState::Active => state(Tone::Good, "check-circle", "Active"),
                    ApplicationState::Suspended => state(Tone::Bad, "cross-circle", "Suspended"),
                };
                view! {
                    <tr>
                        <th scope="row"><a class="row-link" href=href>{line.name.as_str().to_owned()}</a><span class="sub">{line.description.clone()}</span></th>
                        <td data-label="State">{standing}</td>
                        <td data-label="Keys" class="number">{line.live_credentials.to_string()}</td>
                        <td data-label="Subscriptions" class="number">{line.open_subscriptions.to_string()}</td>
                        <td data-label="Last used">{used}</td>
                    </tr>
                }
            })
            .collect();
        view! {
            <div class="table-frame"><table class="table" data-stack="">
                <thead><tr><th scope="col">"Application"</th><th scope="col">"State"</th><th scope="col" class="number">"Keys"</th><th scope="col" class="number">"Subscriptions"</th><th scope="col">"Last used"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table></div>
        }
        .into_any()
    };
    let action = (!own.is_empty()).then(|| {
        view! { <div class="actions"><a class="button" data-kind="primary" href="/applications/new">{icon("plus")}"New application"</a></div> }
    });
    view! {
        <header class="threshold"><div class="heading">
            <div><h1>"Applications"</h1><p class="lede">"What calls the APIs in your name: each with its own keys and subscriptions."</p></div>
            {action}
        </div></header>
        {told}
        <section class="section">{body}</section>
    }
    .into_any()
}

fn new_view(typed: &Typed) -> AnyView {
    view! {
        <header class="threshold">{crumbs(&[("Applications", "/applications")], NEW)}<div class="heading"><div><h1>{NEW}</h1></div></div></header>
        <form method="post" action="/applications/new" novalidate="">
            {wrong(typed, LABELS)}
            <section class="form-section">
                <header><h2>"What calls"</h2><p>"Both can be changed later."</p></header>
                <div class="fields">{fields(typed)}</div>
            </section>
            <div class="form-foot"><button class="button" data-kind="primary" type="submit">"Make the application"</button><a class="button" data-kind="quiet" href="/applications">"Cancel"</a></div>
        </form>
    }
    .into_any()
}

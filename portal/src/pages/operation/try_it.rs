//! Trying an operation. Where scripts run, an island sends the call to the gateway itself; the form alone makes the portal
//! send it. Both calls carry a playground token, and count against the same limits and quota as any other.

mod answer;
mod form;
mod island;
mod relay;
mod request;

use axum::extract::Path;
use axum::response::Response;
use leptos::prelude::*;
use operations::catalog::OperationView;
use operations::playground::Choice;

pub(crate) use self::island::{call, samples};
use self::relay::Outcome;
pub(crate) use self::request::Fields;
use super::{choices, find, view};
use crate::failure::PageError;
use crate::form::Submitted;
use crate::page::Page;

/// What was sent, and what came of it.
pub(super) struct Tried {
    pub(super) fields: Fields,
    outcome: Outcome,
}

/// `POST /apis/{api}/operations/{operation}`
pub(crate) async fn send(
    page: Page,
    Path((slug, operation)): Path<(String, String)>,
    Submitted(fields): Submitted<Fields>,
) -> Result<Response, PageError> {
    if page.viewer.is_none() {
        return Err(PageError::SignInFirst);
    }
    let found = find(&page, &slug, &operation, fields.get("version")).await?;
    let choices = choices(&page, &found).await?;
    let outcome = match request::prepare(&page, &found, &fields).await? {
        Ok(prepared) => relay::relay(&page, prepared).await,
        Err(wrong) => Outcome::Wrong(wrong),
    };
    let is_wrong = matches!(outcome, Outcome::Wrong(_));
    let tried = Tried { fields, outcome };
    let title = format!("{}, {}", found.page.title, found.api.api.name);
    let content = || view::view(&page, &found, None, &choices, Some(&tried));
    Ok(if is_wrong {
        page.refuse_form(&title, content)
    } else {
        page.show(&title, content)
    })
}

/// The form, and what came of the last try.
pub(super) fn try_it(
    page: &Page,
    found: &OperationView,
    choices: &[Choice],
    tried: Option<&Tried>,
) -> AnyView {
    let content = if page.viewer.is_none() {
        let next = serde_html_form::to_string([("next", page.path.as_str())]).unwrap_or_default();
        view! { <p><a href=format!("/sign-in?{next}")>"Sign in"</a>" to send this call as one of your applications."</p> }.into_any()
    } else if !choices.iter().any(|choice| choice.works) {
        let link = format!("/apis/{}#plans", found.api.api.slug);
        view! { <p>"None of your applications has an active subscription to this API. "<a href=link>"See the plans"</a>"."</p> }.into_any()
    } else {
        let form = form::form(found, choices, tried);
        let result = tried.map(|tried| answer::answer(&tried.outcome));
        let content = view! { {form}<div data-relayed="">{result}</div> }.into_any();
        island::around(page, found, content)
    };
    view! {
        <section class="try" id="try" aria-labelledby="try-title">
            <header class="spread"><h2 id="try-title">"Try it"</h2></header>
            {content}
        </section>
    }
    .into_any()
}

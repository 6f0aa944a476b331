//! `/forgotten`: asks for a link that sets a new password. The answer is the same whether the address has an account.

use axum::response::Response;
use domain::account::Face;
use leptos::prelude::*;
use operations::accounts;

use super::{throttled, two_columns, wrong};
use crate::components::field::{Field, field};
use crate::failure::PageError;
use crate::form::Submitted;
use crate::page::Page;
use crate::pages::typed::Typed;

const TITLE: &str = "A new password";

/// The page.
pub(crate) async fn get(page: Page) -> Response {
    page.show(TITLE, || {
        let form = form(&Typed::default(), "Mail me a link");
        two_columns(TITLE, ().into_any(), form, notes())
    })
}

/// Mails the link, if the address has an account.
pub(crate) async fn post(
    page: Page,
    Submitted(typed): Submitted<Typed>,
) -> Result<Response, PageError> {
    let email = typed.text("email");
    throttled(&page, &format!("reset {email}"))?;
    let platform = &page.portal.platform;
    match accounts::request_reset(platform, &page.actor, Face::Portal, &email).await {
        Ok(()) => Ok(page.show(TITLE, || {
            let below = view! { <p class="lede">"If "<strong>{email}</strong>" has an account, a link is on its way there."</p> };
            two_columns(TITLE, below.into_any(), form(&typed, "Send it again"), notes())
        })),
        Err(error) => {
            let typed = typed.refused(error)?;
            Ok(page.refuse_form(TITLE, || {
                let form = form(&typed, "Mail me a link");
                two_columns(TITLE, wrong(&typed, &[("email", "E-mail")]), form, notes())
            }))
        }
    }
}

/// The form that asks for the link.
pub(super) fn form(typed: &Typed, words: &'static str) -> AnyView {
    let email = Field {
        name: "email",
        label: "E-mail",
        kind: "email",
        autocomplete: "username",
        value: typed.text("email"),
        error: typed.error("email"),
        ..Field::default()
    };
    view! {
        <form method="post" action="/forgotten" novalidate="">
            {field(email)}
            <div><button class="button wide-button" data-kind="primary" type="submit">{words}</button></div>
        </form>
    }
    .into_any()
}

fn notes() -> AnyView {
    view! {
        <h2>"What happens then"</h2>
        <p class="muted">"The mail holds a link to a page where you choose a new password. Every session of the account ends; keys go on working."</p>
        <p><a href="/sign-in">"Back to the sign-in"</a></p>
    }
    .into_any()
}

//! `/sign-up`: an account, and the mail that proves its address.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::*;
use operations::accounts::{self, NewAccount};
use operations::secrets::Secret;
use operations::settings::SignUp;

use super::verify::again_form;
use super::{here, keeping, next_of, provider_buttons, steps, throttled, two_columns, wrong};
use crate::components::field::{Field, field};
use crate::failure::PageError;
use crate::form::{Asked, Submitted};
use crate::page::Page;
use crate::pages::typed::Typed;

const TITLE: &str = "Create an account";
const LABELS: &[(&str, &str)] = &[
    ("name", "Your name"),
    ("email", "E-mail"),
    ("password", "Password"),
];

/// The page; whoever is in already has an account, and goes on.
pub(crate) async fn get(page: Page, Asked(query): Asked<Typed>) -> Response {
    let next = next_of(&query);
    if page.viewer.is_some() {
        return Redirect::to(here(&next)).into_response();
    }
    if page.portal.platform.settings.sign_up == SignUp::Closed {
        return by_invitation(&page, &next);
    }
    page.show(TITLE, || view(&page, &Typed::default().with("next", &next)))
}

/// Makes the account; the answer is the same where the address has one.
pub(crate) async fn post(
    page: Page,
    Submitted(typed): Submitted<Typed>,
) -> Result<Response, PageError> {
    if page.portal.platform.settings.sign_up == SignUp::Closed {
        return Ok(by_invitation(&page, &next_of(&typed)));
    }
    let email = typed.text("email");
    throttled(&page, &format!("sign-up {email}"))?;
    let new = NewAccount {
        email: email.clone(),
        name: typed.text("name"),
        password: Secret::new(typed.get("password")),
    };
    let next = next_of(&typed);
    match accounts::sign_up(&page.portal.platform, &page.actor, new, &next).await {
        Ok(()) => Ok(page.show("Look into your mail", || sent(&email, &next))),
        Err(error) => {
            let typed = typed.refused(error)?;
            Ok(page.refuse_form(TITLE, || view(&page, &typed)))
        }
    }
}

fn by_invitation(page: &Page, next: &str) -> Response {
    let sign_in = keeping("/sign-in", next);
    let title = "Accounts are made by invitation";
    page.draw(StatusCode::FORBIDDEN, title, || {
        let below = view! { <p class="lede">"Ask the platform team for one. Everything that is public can be read without."</p> };
        let form = view! { <p><a href=sign_in>"Sign in"</a>" · "<a href="/">"All APIs"</a></p> };
        let notes = view! { <h2>"With an invitation"</h2><p class="muted">"It comes as a mail with a link, with which you choose a password."</p> };
        two_columns(title, below.into_any(), form.into_any(), notes.into_any())
    })
}

fn view(page: &Page, typed: &Typed) -> AnyView {
    let name = Field {
        name: "name",
        label: "Your name",
        kind: "text",
        autocomplete: "name",
        value: typed.text("name"),
        error: typed.error("name"),
        ..Field::default()
    };
    let email = Field {
        name: "email",
        label: "E-mail",
        kind: "email",
        autocomplete: "email",
        value: typed.text("email"),
        error: typed.error("email"),
        ..Field::default()
    };
    let password = Field {
        name: "password",
        label: "Password",
        kind: "password",
        autocomplete: "new-password",
        hint: Some("At least 12 characters; a sentence is fine. Pasting is fine too."),
        error: typed.error("password"),
        ..Field::default()
    };
    let next = next_of(typed);
    let providers = provider_buttons(page, here(&next));
    let sign_in = keeping("/sign-in", &next);
    let form = view! {
        <form method="post" action="/sign-up" novalidate="">
            {wrong(typed, LABELS)}
            <input type="hidden" name="next" value=next/>
            {field(name)}
            {field(email)}
            {field(password)}
            <div><button class="button wide-button" data-kind="primary" type="submit">"Create the account"</button></div>
            {providers}
        </form>
    };
    let below = view! { <p class="muted">"Already have one? "<a href=sign_in>"Sign in"</a>"."</p> };
    two_columns(TITLE, below.into_any(), form.into_any(), steps(0))
}

fn sent(email: &str, next: &str) -> AnyView {
    let shown = email.to_owned();
    let below = view! {
        <p class="muted">"A mail went to "<strong>{shown}</strong>". Follow its link to confirm the address; if you had an account before, the mail says so."</p>
    };
    let typed = Typed::default().with("email", email).with("next", next);
    two_columns(
        "Look into your mail",
        below.into_any(),
        again_form(&typed, "Nothing there? Look in the spam folder."),
        steps(1),
    )
}

//! `/reset-password` and `/welcome`: choosing a password with a mailed link.

use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use domain::account::{Face, LinkPurpose};
use leptos::prelude::*;
use operations::Error;
use operations::accounts::{self, LinkView};
use operations::secrets::Secret;
use operations::sign_in::{Attempt, with_password};

use super::{forgotten, in_with, link_over, throttled, two_columns, wrong};
use crate::components::field::{Field, field};
use crate::failure::PageError;
use crate::form::{Asked, Submitted};
use crate::page::Page;
use crate::pages::typed::Typed;

const PURPOSES: &[LinkPurpose] = &[LinkPurpose::ResetPassword, LinkPurpose::Welcome];

/// The page, when the link is good.
pub(crate) async fn get(page: Page, Asked(query): Asked<Typed>) -> Result<Response, PageError> {
    throttled(&page, &format!("link {}", page.actor.request.ip))?;
    match look_up(&page, &query).await {
        Ok(link) => Ok(page.show(&title(&link), || view(&link, &query))),
        Err(Error::Link(error)) => Ok(over(&page, &error.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// Sets the password and signs in.
pub(crate) async fn post(
    page: Page,
    headers: HeaderMap,
    Submitted(typed): Submitted<Typed>,
) -> Result<Response, PageError> {
    throttled(&page, &format!("link {}", page.actor.request.ip))?;
    let link = match look_up(&page, &typed).await {
        Ok(link) => link,
        Err(Error::Link(error)) => return Ok(over(&page, &error.to_string())),
        Err(error) => return Err(error.into()),
    };
    let platform = &page.portal.platform;
    let password = || Secret::new(typed.get("password"));
    let token = typed.text("token");
    match accounts::choose_password(platform, &page.actor, &token, password()).await {
        Ok(()) => {}
        Err(Error::Link(error)) => return Ok(over(&page, &error.to_string())),
        Err(error) => {
            let typed = typed.refused(error)?;
            return Ok(page.refuse_form(&title(&link), || view(&link, &typed)));
        }
    }
    let attempt = Attempt {
        face: Face::Portal,
        email: link.email,
        password: password(),
        user_agent: faces::sign_in::user_agent(&headers),
    };
    match with_password(platform, &page.actor, attempt).await {
        Ok(opened) => Ok(in_with(&page, &opened, "/applications")),
        // It is set all the same: the account waits for somebody, and the sign-in page says for whom.
        Err(Error::SignIn(_)) => Ok(Redirect::to("/sign-in?told=password").into_response()),
        Err(error) => Err(error.into()),
    }
}

async fn look_up(page: &Page, typed: &Typed) -> Result<LinkView, Error> {
    let (workspace, token) = (page.actor.workspace, typed.text("token"));
    accounts::look_up_link(&page.portal.platform, workspace, &token, PURPOSES).await
}

fn over(page: &Page, what: &str) -> Response {
    link_over(
        page,
        what,
        forgotten::form(&Typed::default(), "Mail me a new link"),
    )
}

fn title(link: &LinkView) -> String {
    match link.purpose {
        LinkPurpose::Welcome => format!("Welcome, {}", link.name),
        _ => "Choose a new password".to_owned(),
    }
}

fn view(link: &LinkView, typed: &Typed) -> AnyView {
    let password = Field {
        name: "password",
        label: "Password",
        kind: "password",
        autocomplete: "new-password",
        hint: Some("At least 12 characters; a sentence is fine."),
        error: typed.error("password"),
        ..Field::default()
    };
    let (token, email) = (typed.text("token"), link.email.clone());
    let action = match link.purpose {
        LinkPurpose::Welcome => "/welcome",
        _ => "/reset-password",
    };
    let form = view! {
        <form method="post" action=action novalidate="">
            {wrong(typed, &[("password", "Password")])}
            <input type="hidden" name="token" value=token/>
            <input class="visually-hidden" type="email" name="email" autocomplete="username" value=email.clone() tabindex="-1" aria-hidden="true" readonly=""/>
            {field(password)}
            <div><button class="button wide-button" data-kind="primary" type="submit">"Set the password"</button></div>
        </form>
    };
    let below = view! { <p class="muted">"For "<strong>{email}</strong>"."</p> };
    let notes = view! {
        <h2>"What happens then"</h2>
        <p class="muted">"You are signed in here, and every other session of the account ends. Keys go on working."</p>
    };
    let title = title(link);
    two_columns(&title, below.into_any(), form.into_any(), notes.into_any())
}

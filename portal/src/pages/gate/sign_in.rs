//! `/sign-in`: with a password, or with somebody else who says who a person is.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::account::Face;
use leptos::prelude::*;
use operations::Error;
use operations::error::SignInError;
use operations::secrets::Secret;
use operations::sign_in::{Attempt, with_password};

use super::{here, in_with, keeping, next_of, provider_buttons, two_columns};
use crate::components::field::{Field, field};
use crate::components::icon::icon;
use crate::components::notice::notice;
use crate::components::state::Tone;
use crate::failure::PageError;
use crate::form::{Asked, Submitted};
use crate::page::Page;
use crate::pages::typed::{Typed, sentence};

const TITLE: &str = "Sign in";

/// What stands above the form.
pub(super) struct Told {
    tone: Tone,
    title: String,
    text: String,
}

/// The page; whoever is in already goes on.
pub(crate) async fn get(page: Page, Asked(query): Asked<Typed>) -> Response {
    if page.viewer.is_some() {
        return Redirect::to(here(&next_of(&query))).into_response();
    }
    let told = match query.get("told") {
        "password" => Some(Told {
            tone: Tone::Good,
            title: "The password is set".to_owned(),
            text: "Sign in with it.".to_owned(),
        }),
        "verified" => Some(Told {
            tone: Tone::Good,
            title: "Your address is confirmed".to_owned(),
            text: "Sign in, and make your first application.".to_owned(),
        }),
        _ => None,
    };
    page.show(TITLE, || view(&page, &query, told))
}

/// Takes an address and a password.
pub(crate) async fn post(
    page: Page,
    headers: HeaderMap,
    Submitted(typed): Submitted<Typed>,
) -> Result<Response, PageError> {
    let email = typed.text("email");
    let subject = format!("portal {email}");
    let ip = page.actor.request.ip.clone();
    if let Err(wait) = page.portal.throttle.check(&ip, &subject) {
        let error = Error::TooMany {
            retry_after: wait.0,
        };
        let status = StatusCode::TOO_MANY_REQUESTS;
        let mut response = page.draw(status, TITLE, || view(&page, &typed, Some(told(&error))));
        let seconds = HeaderValue::from(wait.0.as_secs().max(1));
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
        return Ok(response);
    }
    let attempt = Attempt {
        face: Face::Portal,
        email,
        password: Secret::new(typed.get("password")),
        user_agent: faces::sign_in::user_agent(&headers),
    };
    match with_password(&page.portal.platform, &page.actor, attempt).await {
        Ok(opened) => Ok(in_with(&page, &opened, &next_of(&typed))),
        Err(error) => refused(&page, &typed, error),
    }
}

/// The page again, with why nobody came in.
pub(super) fn refused(page: &Page, typed: &Typed, error: Error) -> Result<Response, PageError> {
    match error {
        error @ (Error::SignIn(_) | Error::Invalid(_) | Error::TooMany { .. }) => {
            Ok(page.refuse_form(TITLE, || view(page, typed, Some(told(&error)))))
        }
        error => Err(error.into()),
    }
}

fn told(error: &Error) -> Told {
    let text = match error {
        Error::SignIn(SignInError::Wrong) => {
            "Capital letters count. A new password takes one mail."
        }
        Error::SignIn(SignInError::Unverified) => {
            "The link can be sent again; see beside the form."
        }
        Error::SignIn(SignInError::PendingApproval) => {
            "You get a mail as soon as somebody of the platform team has decided."
        }
        Error::SignIn(SignInError::Suspended) => {
            "Write to the platform team; only they can open it again."
        }
        Error::TooMany { .. } => "Keys go on working the whole time.",
        _ => "Try again, or sign in another way.",
    };
    Told {
        tone: Tone::Bad,
        title: sentence(&error.to_string()),
        text: text.to_owned(),
    }
}

fn view(page: &Page, typed: &Typed, told: Option<Told>) -> AnyView {
    let next = next_of(typed);
    let told = told.map(|told| {
        let name = if told.tone == Tone::Good {
            "check-circle"
        } else {
            "alert"
        };
        notice(told.tone, name, &told.title, &told.text)
    });
    let email = Field {
        name: "email",
        label: "E-mail",
        kind: "email",
        autocomplete: "username",
        value: typed.text("email"),
        ..Field::default()
    };
    let password = Field {
        name: "password",
        label: "Password",
        kind: "password",
        autocomplete: "current-password",
        ..Field::default()
    };
    let providers = provider_buttons(page, &next);
    let sign_up = keeping("/sign-up", &next);
    let notes = notes(page, &next);
    let form = view! {
        <form method="post" action="/sign-in" novalidate="">
            {told}
            <input type="hidden" name="next" value=next/>
            {field(email)}
            {field(password)}
            <div><button class="button wide-button" data-kind="primary" type="submit">"Sign in"</button></div>
            <p><a href="/forgotten">"Forgot the password"</a></p>
            {providers}
        </form>
    };
    let below =
        view! { <p class="muted">"New here? "<a href=sign_up>"Create an account"</a>"."</p> };
    two_columns(TITLE, below.into_any(), form.into_any(), notes)
}

fn notes(page: &Page, next: &str) -> AnyView {
    let again = keeping("/verify/again", next);
    let support = &page.portal.platform.settings.support_email;
    let support = (!support.is_empty()).then(|| {
        let href = format!("mailto:{support}");
        view! {
            <li>{icon("support")}<div><strong>"None of these"</strong><p class="muted"><a href=href>"Write to us"</a>" with your address."</p></div></li>
        }
    });
    view! {
        <h2>"If you cannot get in"</h2>
        <ol class="timeline" data-loose="">
            <li>{icon("mail")}<div><strong>"The address is not confirmed yet"</strong>
                <p class="muted">"The link was mailed when you signed up. "<a href=again>"Send a new one"</a>"."</p></div></li>
            <li>{icon("key")}<div><strong>"The password is gone"</strong>
                <p class="muted"><a href="/forgotten">"Choose a new one"</a>" with a link that is mailed to you."</p></div></li>
            <li>{icon("clock")}<div><strong>"Too many tries"</strong>
                <p class="muted">"It opens again by itself after a minute. Keys go on working the whole time."</p></div></li>
            {support}
        </ol>
    }
    .into_any()
}

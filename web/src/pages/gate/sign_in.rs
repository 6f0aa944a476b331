//! `/sign-in`: with a password, or with a provider that the configuration names.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use domain::account::Face;
use faces::session::Visit;
use operations::error::SignInError;
use operations::secrets::Secret;
use operations::sign_in::{Attempt, with_password};
use operations::{Error, Platform};

use super::{gate, here, in_with};
use crate::admin::{show, show_again};
use crate::answer::{self, Answer, sentence};
use crate::dashboard::Dashboard;
use crate::form::{Form, Query};
use crate::layout::Gate;
use crate::parts::{Field, Kind, Notice, Tone};
use crate::surround::Nonce;

#[derive(Template)]
#[template(path = "gate/sign_in.html")]
pub(crate) struct SignIn {
    gate: Gate,
    notice: Option<Notice>,
    providers: Vec<(String, String)>,
    fields: Vec<Field>,
    next: String,
    portal: String,
}

/// The page; whoever is in already goes on.
pub(crate) async fn get(
    State(dashboard): State<Dashboard>,
    visit: Visit,
    Extension(nonce): Extension<Nonce>,
    Query(query): Query,
) -> Answer {
    if visit.signed_in.is_some() {
        return Ok(Redirect::to(here(query.get("next"))).into_response());
    }
    show(&page(&dashboard, &nonce, &query, None))
}

/// Takes an address and a password.
pub(crate) async fn post(
    State(dashboard): State<Dashboard>,
    visit: Visit,
    Extension(nonce): Extension<Nonce>,
    headers: HeaderMap,
    form: Form,
) -> Answer {
    let email = form.text("email");
    if let Err(wait) = dashboard
        .throttle
        .check(&visit.actor.request.ip, &format!("admin {email}"))
    {
        let retry_after = wait.0;
        let notice = told(&Error::TooMany { retry_after });
        let page = page(&dashboard, &nonce, &form, Some(notice));
        return Ok(answer::page(StatusCode::TOO_MANY_REQUESTS, &page));
    }
    let attempt = Attempt {
        face: Face::Admin,
        email,
        password: Secret::new(form.get("password")),
        user_agent: faces::sign_in::user_agent(&headers),
    };
    match with_password(&dashboard.platform, &visit.actor, attempt).await {
        Ok(opened) => Ok(in_with(&dashboard, &opened, form.get("next"))),
        Err(error @ (Error::SignIn(_) | Error::Invalid(_) | Error::TooMany { .. })) => {
            show_again(&page(&dashboard, &nonce, &form, Some(told(&error))))
        }
        Err(error) => Err(error.into()),
    }
}

/// What is told of a sign-in that failed.
pub(crate) fn told(error: &Error) -> Notice {
    let notice = Notice::new(Tone::Bad, sentence(&error.to_string()));
    match error {
        Error::SignIn(SignInError::NoRole | SignInError::NoAccount) => notice.text(
            "This is the platform team's side. Keys and documentation are in the developer portal.",
        ),
        _ => notice,
    }
}

/// Where the buttons of the configured providers lead.
pub(crate) fn providers(platform: &Platform) -> Vec<(String, String)> {
    platform
        .settings
        .providers
        .iter()
        .filter(|provider| provider.faces.contains(&Face::Admin))
        .map(|provider| (provider.slug.clone(), provider.label.clone()))
        .collect()
}

/// The page with what was typed and what is wrong with it.
pub(crate) fn page(
    dashboard: &Dashboard,
    nonce: &Nonce,
    form: &Form,
    notice: Option<Notice>,
) -> SignIn {
    SignIn {
        gate: gate(dashboard, nonce, "Sign in"),
        providers: providers(&dashboard.platform),
        fields: vec![
            form.field(Kind::Email, "email", "E-mail")
                .autocomplete("username"),
            form.field(Kind::Password, "password", "Password")
                .autocomplete("current-password"),
        ],
        next: here(form.get("next")).to_owned(),
        notice,
        portal: dashboard.platform.settings.portal_url.to_string(),
    }
}

//! `/reset-password` and `/welcome`: choosing a password with a mailed link.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use domain::account::{Face, LinkPurpose};
use faces::session::Visit;
use operations::Error;
use operations::accounts::{self, LinkView};
use operations::secrets::Secret;
use operations::sign_in::{Attempt, with_password};

use super::set_up::{LinkOver, throttled};
use super::{gate, in_with};
use crate::admin::{show, show_again};
use crate::answer::{self, Answer, done, sentence};
use crate::dashboard::Dashboard;
use crate::form::{Form, Query};
use crate::layout::Gate;
use crate::parts::{Field, Kind};
use crate::surround::Nonce;

const PURPOSES: &[LinkPurpose] = &[LinkPurpose::ResetPassword, LinkPurpose::Welcome];

#[derive(Template)]
#[template(path = "gate/password.html")]
struct Choose {
    gate: Gate,
    email: String,
    token: String,
    field: Field,
}

/// The page, when the link is good.
pub(crate) async fn get(
    State(dashboard): State<Dashboard>,
    visit: Visit,
    Extension(nonce): Extension<Nonce>,
    Query(query): Query,
) -> Answer {
    throttled(&dashboard, &visit)?;
    match look_up(&dashboard, &query.text("token")).await {
        Ok(view) => show(&page(&dashboard, &nonce, &view, &query)),
        Err(Error::Link(error)) => over(&dashboard, &nonce, &error.to_string()),
        Err(error) => Err(error.into()),
    }
}

/// Sets the password and signs in where the account has a role.
pub(crate) async fn post(
    State(dashboard): State<Dashboard>,
    visit: Visit,
    Extension(nonce): Extension<Nonce>,
    headers: HeaderMap,
    form: Form,
) -> Answer {
    throttled(&dashboard, &visit)?;
    let token = form.text("token");
    let view = match look_up(&dashboard, &token).await {
        Ok(view) => view,
        Err(Error::Link(error)) => return over(&dashboard, &nonce, &error.to_string()),
        Err(error) => return Err(error.into()),
    };
    let password = || Secret::new(form.get("password"));
    let chosen =
        accounts::choose_password(&dashboard.platform, &visit.actor, &token, password()).await;
    match chosen {
        Ok(()) => {}
        Err(Error::Link(error)) => return over(&dashboard, &nonce, &error.to_string()),
        Err(error) => return show_again(&page(&dashboard, &nonce, &view, &form.refused(error)?)),
    }
    let attempt = Attempt {
        face: Face::Admin,
        email: view.email,
        password: password(),
        user_agent: faces::sign_in::user_agent(&headers),
    };
    match with_password(&dashboard.platform, &visit.actor, attempt).await {
        Ok(opened) => Ok(in_with(&dashboard, &opened, "/")),
        Err(Error::SignIn(_)) => done("/sign-in", "The password is set; sign in with it"),
        Err(error) => Err(error.into()),
    }
}

async fn look_up(dashboard: &Dashboard, token: &str) -> Result<LinkView, Error> {
    let workspace = dashboard.platform.settings.workspace;
    accounts::look_up_link(&dashboard.platform, workspace, token, PURPOSES).await
}

fn over(dashboard: &Dashboard, nonce: &Nonce, what: &str) -> Answer {
    let mut gate = gate(dashboard, nonce, "This link does not open anything");
    gate.plain = true;
    let page = LinkOver {
        gate,
        what: sentence(what),
        command: "gatehouse user create --email you@example.com --role admin",
    };
    Ok(answer::page(StatusCode::GONE, &page))
}

fn page(dashboard: &Dashboard, nonce: &Nonce, view: &LinkView, form: &Form) -> Choose {
    let title = match view.purpose {
        LinkPurpose::Welcome => format!("Welcome, {}", view.name),
        _ => "Choose a new password".to_owned(),
    };
    Choose {
        gate: gate(dashboard, nonce, &title),
        email: view.email.clone(),
        token: form.text("token"),
        field: form
            .field(Kind::Password, "password", "Password")
            .autocomplete("new-password")
            .hint("At least 12 characters; a sentence is fine."),
    }
}

//! `/set-up`: the first admin, with the link that the program printed at its first start.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use domain::account::{Face, LinkPurpose};
use faces::session::Visit;
use operations::Error;
use operations::accounts::{self, NewAccount};
use operations::secrets::Secret;
use operations::sign_in::{Attempt, with_password};

use super::{gate, in_with};
use crate::admin::{show, show_again};
use crate::answer::{self, Answer, Fault, sentence};
use crate::dashboard::Dashboard;
use crate::form::{Form, Query};
use crate::layout::Gate;
use crate::parts::{Field, Kind, Notice, Tone};
use crate::surround::Nonce;

#[derive(Template)]
#[template(path = "gate/set_up.html")]
struct SetUp {
    gate: Gate,
    notice: Option<Notice>,
    token: String,
    fields: Vec<Field>,
    gateway: String,
    portal: String,
    mail: bool,
}

#[derive(Template)]
#[template(path = "gate/link_over.html")]
pub(crate) struct LinkOver {
    pub(crate) gate: Gate,
    pub(crate) what: String,
    pub(crate) command: &'static str,
}

/// The page, when the link is good.
pub(crate) async fn get(
    State(dashboard): State<Dashboard>,
    visit: Visit,
    Extension(nonce): Extension<Nonce>,
    Query(query): Query,
) -> Answer {
    let token = query.text("token");
    throttled(&dashboard, &visit)?;
    let workspace = dashboard.platform.settings.workspace;
    let found = accounts::look_up_link(
        &dashboard.platform,
        workspace,
        &token,
        &[LinkPurpose::SetUp],
    )
    .await;
    match found {
        Ok(_) => show(&page(&dashboard, &nonce, &query)),
        Err(Error::Link(error)) => over(&dashboard, &nonce, &error.to_string()),
        Err(error) => Err(error.into()),
    }
}

/// Makes the admin and signs it in.
pub(crate) async fn post(
    State(dashboard): State<Dashboard>,
    visit: Visit,
    Extension(nonce): Extension<Nonce>,
    headers: HeaderMap,
    form: Form,
) -> Answer {
    throttled(&dashboard, &visit)?;
    let new = NewAccount {
        email: form.text("email"),
        name: form.text("name"),
        password: Secret::new(form.get("password")),
    };
    let token = form.text("token");
    match accounts::set_up(&dashboard.platform, &visit.actor, &token, new).await {
        Ok(_) => {}
        Err(Error::Link(error)) => return over(&dashboard, &nonce, &error.to_string()),
        Err(error) => return show_again(&page(&dashboard, &nonce, &form.refused(error)?)),
    }
    let attempt = Attempt {
        face: Face::Admin,
        email: form.text("email"),
        password: Secret::new(form.get("password")),
        user_agent: faces::sign_in::user_agent(&headers),
    };
    let opened = with_password(&dashboard.platform, &visit.actor, attempt).await?;
    Ok(in_with(&dashboard, &opened, "/"))
}

/// Guessing links is as slow as guessing passwords.
pub(crate) fn throttled(dashboard: &Dashboard, visit: &Visit) -> Result<(), Fault> {
    let ip = &visit.actor.request.ip;
    dashboard
        .throttle
        .check(ip, &format!("link {ip}"))
        .map_err(|wait| {
            Fault::Operation(Error::TooMany {
                retry_after: wait.0,
            })
        })
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

fn page(dashboard: &Dashboard, nonce: &Nonce, form: &Form) -> SetUp {
    let fields = vec![
        form.field(Kind::Text, "name", "Your name")
            .autocomplete("name"),
        form.field(Kind::Email, "email", "E-mail")
            .autocomplete("username")
            .hint("For signing in and for alerts."),
        form.field(Kind::Password, "password", "Password")
            .autocomplete("new-password")
            .hint("At least 12 characters; a sentence is fine."),
    ];
    let settings = &dashboard.platform.settings;
    let refs: Vec<&Field> = fields.iter().collect();
    let notice = form
        .came_back()
        .then(|| form.head(&refs))
        .flatten()
        .or_else(|| {
            form.came_back()
                .then(|| Notice::new(Tone::Bad, "Not made: something is to be mended"))
        });
    SetUp {
        gate: gate(dashboard, nonce, "Make the first administrator"),
        notice,
        token: form.text("token"),
        fields,
        gateway: settings.gateway_url.to_string(),
        portal: settings.portal_url.to_string(),
        mail: settings.mail == operations::settings::Mail::Smtp,
    }
}

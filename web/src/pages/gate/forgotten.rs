//! `/forgotten`: asks for a link that sets a new password. The answer is the same whether the address exists.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use domain::account::Face;
use faces::session::Visit;
use operations::{Error, accounts};

use super::gate;
use crate::admin::{show, show_again};
use crate::answer::{Answer, Fault};
use crate::dashboard::Dashboard;
use crate::form::Form;
use crate::layout::Gate;
use crate::parts::{Field, Kind};
use crate::surround::Nonce;

#[derive(Template)]
#[template(path = "gate/forgotten.html")]
struct Forgotten {
    gate: Gate,
    field: Field,
    sent: bool,
}

/// The page.
pub(crate) async fn get(
    State(dashboard): State<Dashboard>,
    Extension(nonce): Extension<Nonce>,
) -> Answer {
    show(&page(&dashboard, &nonce, &Form::default(), false))
}

/// Mails the link, if the address has an account.
pub(crate) async fn post(
    State(dashboard): State<Dashboard>,
    visit: Visit,
    Extension(nonce): Extension<Nonce>,
    form: Form,
) -> Answer {
    let email = form.text("email");
    dashboard
        .throttle
        .check(&visit.actor.request.ip, &format!("reset {email}"))
        .map_err(|wait| {
            Fault::Operation(Error::TooMany {
                retry_after: wait.0,
            })
        })?;
    match accounts::request_reset(&dashboard.platform, &visit.actor, Face::Admin, &email).await {
        Ok(()) => show(&page(&dashboard, &nonce, &form, true)),
        Err(error) => show_again(&page(&dashboard, &nonce, &form.refused(error)?, false)),
    }
}

fn page(dashboard: &Dashboard, nonce: &Nonce, form: &Form, sent: bool) -> Forgotten {
    Forgotten {
        gate: gate(dashboard, nonce, "A new password"),
        field: form
            .field(Kind::Email, "email", "E-mail")
            .autocomplete("username"),
        sent,
    }
}

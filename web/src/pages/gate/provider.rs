//! `/sign-in/with/{provider}` and its callback: somebody else says who a person is.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use faces::session::Visit;
use faces::sign_in::{come_back, leave, let_back_in};
use operations::Error;
use operations::sign_in::providers::Answer as Said;

use super::here;
use super::sign_in::{page, told};
use crate::answer::{self, Answer};
use crate::dashboard::Dashboard;
use crate::form::{Form, Query};
use crate::surround::Nonce;

/// Sends the browser to the provider.
pub(crate) async fn begin(
    State(dashboard): State<Dashboard>,
    visit: Visit,
    Extension(nonce): Extension<Nonce>,
    Path(provider): Path<String>,
    form: Form,
) -> Answer {
    match leave(&dashboard, &visit.actor, &provider, form.get("next")).await {
        Ok(response) => Ok(response),
        Err(error) => failed(&dashboard, &nonce, error),
    }
}

/// Takes what the provider's redirect brings.
pub(crate) async fn callback(
    State(dashboard): State<Dashboard>,
    visit: Visit,
    Extension(nonce): Extension<Nonce>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    Query(query): Query,
) -> Answer {
    let said = Said {
        state: query.text("state"),
        code: query.text("code"),
        error: query.some("error"),
    };
    match come_back(&dashboard, &visit.actor, &provider, said, &headers).await {
        Ok(finished) => Ok(let_back_in(
            &dashboard,
            &finished,
            here(&finished.return_to),
        )),
        Err(error) => failed(&dashboard, &nonce, error),
    }
}

fn failed(dashboard: &Dashboard, nonce: &Nonce, error: Error) -> Answer {
    match error {
        error @ Error::SignIn(_) => {
            faces::problem::log(&error);
            let page = page(dashboard, nonce, &Form::default(), Some(told(&error)));
            Ok(answer::page(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        error => Err(error.into()),
    }
}

//! `/sign-in/with/{provider}` and its callback: somebody else says who a person is.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use domain::account::Face;
use faces::cookie::{Cookies, append};
use faces::session::{Front, Visit};
use operations::Error;
use operations::sign_in::providers::{self, Answer as Said};

use super::sign_in::{page, told};
use super::{in_with, user_agent};
use crate::answer::{self, Answer};
use crate::dashboard::Dashboard;
use crate::form::{Form, Query};
use crate::surround::Nonce;

/// How long a person may take at the provider, in seconds.
const PATIENCE: i64 = 600;

/// Sends the browser to the provider.
pub(crate) async fn begin(
    State(dashboard): State<Dashboard>,
    visit: Visit,
    Extension(nonce): Extension<Nonce>,
    Path(provider): Path<String>,
    form: Form,
) -> Answer {
    let begun = providers::begin(
        &dashboard.platform,
        &visit.actor,
        Face::Admin,
        &provider,
        form.get("next"),
    );
    match begun.await {
        Ok(begun) => {
            let cookies = dashboard.cookies();
            let cookie = cookies.set(
                cookies.attempt_name(),
                begun.browser.reveal(),
                Some(PATIENCE),
            );
            let mut response = Redirect::to(begun.url.as_str()).into_response();
            append(response.headers_mut(), cookie);
            Ok(response)
        }
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
    let cookies = dashboard.cookies();
    let browser = Cookies::read(&headers, cookies.attempt_name()).unwrap_or_default();
    let said = Said {
        state: query.text("state"),
        code: query.text("code"),
        error: query.some("error"),
    };
    let agent = user_agent(&headers);
    let finished = providers::finish(
        &dashboard.platform,
        &visit.actor,
        Face::Admin,
        &provider,
        said,
        &browser,
        &agent,
    );
    match finished.await {
        Ok(finished) => {
            let mut response = in_with(&dashboard, &finished.opened, &finished.return_to);
            append(
                response.headers_mut(),
                cookies.remove(cookies.attempt_name()),
            );
            Ok(response)
        }
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

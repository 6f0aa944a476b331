//! What the island asks the portal for: the call with a token in it, and samples with what was typed.

use axum::Json;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http::header::COOKIE;
use leptos::prelude::*;
use openapi::KeyPlace;
use openapi::samples as written;
use operations::catalog::OperationView;
use serde_json::{Map, Value, json};

use super::find;
use super::request::{Fields, Prepared, prepare};
use crate::failure::PageError;
use crate::form::Submitted;
use crate::islands::try_it::TryIt;
use crate::page::Page;

/// The form inside its island, where a browser can call the gateway: only what the policy of the page lets it reach, and
/// not where the key is a cookie, which no page may set.
pub(super) fn around(page: &Page, found: &OperationView, form: AnyView) -> AnyView {
    let gateway = page.portal.platform.settings.gateway_url.origin();
    let base = found.api.base_url.parse::<url::Url>();
    let is_open = base.is_ok_and(|base| base.origin() == gateway);
    if !is_open || found.api.credential.place == KeyPlace::Cookie {
        return form;
    }
    let address = format!("/apis/{}/operations/{}", found.api.api.slug, found.page.key);
    let gateway = gateway.ascii_serialization();
    let icons = design::url("icons.svg").to_owned();
    view! { <TryIt address gateway icons>{form}</TryIt> }.into_any()
}

/// `POST /apis/{api}/operations/{operation}/call`
pub(crate) async fn call(
    page: Page,
    Path((slug, operation)): Path<(String, String)>,
    Submitted(fields): Submitted<Fields>,
) -> Response {
    if page.viewer.is_none() {
        return refused(
            StatusCode::UNAUTHORIZED,
            "sign in again, then send the call",
        );
    }
    match called(&page, &slug, &operation, &fields).await {
        Ok(answer) => answer,
        Err(error) => failed(&error),
    }
}

async fn called(
    page: &Page,
    slug: &str,
    operation: &str,
    fields: &Fields,
) -> Result<Response, PageError> {
    let found = find(page, slug, operation, fields.get("version")).await?;
    Ok(match prepare(page, &found, fields).await? {
        Ok(prepared) => {
            let samples = in_all(&found, fields);
            answer(StatusCode::OK, sendable(&prepared, samples))
        }
        Err(wrong) => answer(StatusCode::UNPROCESSABLE_ENTITY, json!({ "errors": wrong })),
    })
}

/// `POST /apis/{api}/operations/{operation}/samples`
pub(crate) async fn samples(
    page: Page,
    Path((slug, operation)): Path<(String, String)>,
    Submitted(fields): Submitted<Fields>,
) -> Response {
    match find(&page, &slug, &operation, fields.get("version")).await {
        Ok(found) => answer(
            StatusCode::OK,
            json!({ "samples": in_all(&found, &fields) }),
        ),
        Err(error) => failed(&error),
    }
}

fn in_all(found: &OperationView, fields: &Fields) -> Map<String, Value> {
    written::in_all(&fields.request(found))
        .into_iter()
        .map(|sample| (sample.language.slug().to_owned(), sample.code.into()))
        .collect()
}

fn sendable(prepared: &Prepared, samples: Map<String, Value>) -> Value {
    let headers: Vec<_> = prepared
        .headers
        .iter()
        .filter(|(name, _)| **name != COOKIE)
        .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())))
        .collect();
    let body = (!prepared.body.is_empty()).then(|| String::from_utf8_lossy(&prepared.body));
    json!({
        "method": prepared.method.as_str(),
        "url": prepared.url.as_str(),
        "headers": headers,
        "body": body,
        "samples": samples,
    })
}

fn failed(error: &PageError) -> Response {
    match error {
        PageError::NotFound => refused(StatusCode::NOT_FOUND, "this operation is gone"),
        PageError::SignInFirst => refused(
            StatusCode::UNAUTHORIZED,
            "sign in again, then send the call",
        ),
        PageError::Failed(cause) => {
            tracing::error!(error = cause.as_ref(), "a call was not prepared");
            refused(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the portal could not prepare the call",
            )
        }
        other => refused(StatusCode::BAD_REQUEST, &other.to_string()),
    }
}

fn refused(status: StatusCode, message: &str) -> Response {
    answer(status, json!({ "message": message }))
}

/// A token may be inside: no copy is kept.
fn answer(status: StatusCode, body: Value) -> Response {
    let no_copy = HeaderValue::from_static("private, no-store");
    (status, [(header::CACHE_CONTROL, no_copy)], Json(body)).into_response()
}

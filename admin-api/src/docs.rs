//! The API's own document and its reference.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::routing::get;
use utoipa::openapi::OpenApi;

use crate::state::Admin;

/// `/openapi.json`. The reference is made from the same document.
pub(crate) fn router(document: OpenApi) -> Router<Admin> {
    let json: Arc<str> = document
        .to_pretty_json()
        .expect("the document is made of strings")
        .into();
    Router::new().route(
        "/openapi.json",
        get(move || async move {
            (
                [(header::CONTENT_TYPE, "application/json")],
                json.to_string(),
            )
        }),
    )
}

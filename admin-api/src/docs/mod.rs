//! The API's own document, and the reference that is made of it.

mod pages;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use openapi::{Limits, reference};
use url::Url;
use utoipa::openapi::OpenApi;

use crate::state::Admin;

/// Nothing but the design system's own files.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `/openapi.json`, and the reference at `/docs` and `/docs/{operation}`. All of it is made once.
pub(crate) fn router(document: &OpenApi, base: &Url) -> Router<Admin> {
    let json: Arc<str> = document
        .to_pretty_json()
        .expect("the document is made of strings")
        .into();
    let reference = Arc::new(Reference::of(&json, base));
    let contents = Arc::clone(&reference);
    Router::new()
        .route(
            "/openapi.json",
            get(move || async move {
                (
                    [(header::CONTENT_TYPE, "application/json")],
                    json.to_string(),
                )
            }),
        )
        .route(
            "/docs",
            get(move || async move { page(StatusCode::OK, contents.contents.clone()) }),
        )
        .route(
            "/docs/{operation}",
            get(move |Path(key): Path<String>| async move {
                match reference.operations.get(&key) {
                    Some(text) => page(StatusCode::OK, text.clone()),
                    None => page(StatusCode::NOT_FOUND, reference.missing.clone()),
                }
            }),
        )
}

/// The pages, written.
struct Reference {
    contents: String,
    missing: String,
    operations: HashMap<String, String>,
}

impl Reference {
    fn of(json: &str, base: &Url) -> Self {
        let document = openapi::parse(json.as_bytes(), &Limits::default())
            .expect("the API's own document is an OpenAPI document");
        let index = reference::index(&document);
        let operations = reference::pages(&document)
            .map(|page| (page.key.clone(), pages::operation(&index, &page, base)))
            .collect();
        Self {
            contents: pages::contents(&index, base),
            missing: pages::missing(&index),
            operations,
        }
    }
}

fn page(status: StatusCode, text: String) -> Response {
    let headers: [(HeaderName, &'static str); 3] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (status, headers, text).into_response()
}

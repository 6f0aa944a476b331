//! Versions as entity tags (RFC 9110, sections 8.8.3 and 13.1.1): what was read is what is changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Json;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use faces::problem::Problem;
use serde::Serialize;

/// The version that a change is made to, from `If-Match: "7"`. Without the header it is [`NEVER`], and [`layer`] refuses the
/// request with 428 (RFC 6585), so that nobody overwrites what was not read.
pub(crate) struct Expected(pub(crate) i64);

/// The version of a request that names none: nothing has it, so nothing is changed, and whoever may not change the thing, or
/// not know of it, is told so as ever.
const NEVER: i64 = -1;

/// Turns true when an endpoint looked for a version and the request named none.
#[derive(Clone, Default)]
struct Blind(Arc<AtomicBool>);

/// Tells a caller who may change a thing, and named no version of it, to name one.
pub(crate) async fn layer(mut request: Request, next: Next) -> Response {
    let blind = Blind::default();
    request.extensions_mut().insert(blind.clone());
    let response = next.run(request).await;
    let status = response.status();
    let shut_out = matches!(
        status,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND
    );
    if blind.0.load(Ordering::Relaxed) && status.is_client_error() && !shut_out {
        return needed().into_response();
    }
    response
}

fn needed() -> Problem {
    Problem::new(
        StatusCode::PRECONDITION_REQUIRED,
        "version_needed",
        "send the version that you read as `If-Match: \"<version>\"`; it is the ETag of the thing",
    )
}

impl<S: Sync> FromRequestParts<S> for Expected {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            let blind = parts.extensions.get::<Blind>().ok_or_else(needed)?;
            blind.0.store(true, Ordering::Relaxed);
            return Ok(Self(NEVER));
        };
        value
            .to_str()
            .ok()
            .and_then(|text| {
                text.trim()
                    .strip_prefix('"')?
                    .strip_suffix('"')?
                    .parse()
                    .ok()
            })
            .map(Self)
            .ok_or_else(|| {
                Problem::new(
                    StatusCode::BAD_REQUEST,
                    "version_unreadable",
                    "`If-Match` is not a version in quotes, such as \"7\"",
                )
            })
    }
}

/// A body with its version as `ETag`.
pub(crate) struct Tagged<T>(pub(crate) i64, pub(crate) T);

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let tag = HeaderValue::from_str(&format!("\"{}\"", self.0)).expect("digits in quotes");
        ([(header::ETAG, tag)], Json(self.1)).into_response()
    }
}

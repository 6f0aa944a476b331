//! Versions as entity tags (RFC 9110, sections 8.8.3 and 13.1.1): what was read is what is changed.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use faces::problem::Problem;
use serde::Serialize;

/// The version that a change is made to, from `If-Match: "7"`. Without the header the request is refused with 428
/// (RFC 6585), so that nobody overwrites what was not read.
pub(crate) struct Expected(pub(crate) i64);

impl<S: Sync> FromRequestParts<S> for Expected {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let value = parts.headers.get(header::IF_MATCH).ok_or_else(|| {
            Problem::new(
                StatusCode::PRECONDITION_REQUIRED,
                "version_needed",
                "send the version that you read as `If-Match: \"<version>\"`; it is the ETag of the thing",
            )
        })?;
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

//! JSON bodies whose errors are problem documents that name the field, and how large a body may be.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use faces::problem::Problem;
use serde::de::DeserializeOwned;

/// How large a body may be where nothing else is said, in bytes: what axum reads.
const USUAL: BodyLimit = BodyLimit(2 << 20);

/// How large the bodies of an endpoint may be, in bytes; as an extension of its requests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyLimit(pub(crate) usize);

impl BodyLimit {
    /// For what holds a document: 64 MiB of text, escaped as JSON.
    pub(crate) const DOCUMENT: Self = Self(96 << 20);
}

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let limit = request.extensions().get::<BodyLimit>().copied();
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(problem(&rejection, limit.unwrap_or(USUAL))),
        }
    }
}

fn problem(rejection: &JsonRejection, limit: BodyLimit) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let most = limit.0 >> 20;
        let detail = format!("the body is larger than {most} MiB, the most that is read here");
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail);
    }
    let code = match rejection {
        JsonRejection::JsonDataError(_) => "invalid",
        JsonRejection::JsonSyntaxError(_) => "json_unreadable",
        JsonRejection::MissingJsonContentType(_) => "json_expected",
        _ => "body_unreadable",
    };
    Problem::new(rejection.status(), code, rejection.body_text())
}

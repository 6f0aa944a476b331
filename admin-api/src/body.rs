//! JSON bodies whose errors are problem documents that name the field, and how large a body may be.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
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

/// A declaration as it was written: JSON or YAML, told apart by its first character.
pub(crate) struct Written(pub(crate) String);

/// The media types of a declaration, after RFC 8259 and RFC 9512, and what is sent in their place.
const DECLARED: [&str; 5] = [
    "application/json",
    "application/yaml",
    "application/x-yaml",
    "text/yaml",
    "text/plain",
];

impl<S: Send + Sync> FromRequest<S> for Written {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let media = request.headers().get(header::CONTENT_TYPE);
        let media = media.map_or("", |value| value.to_str().unwrap_or("unreadable"));
        let name = media.split(';').next().unwrap_or_default().trim();
        if !DECLARED
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
        {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "declaration_expected",
                "send the declaration as `application/yaml` or `application/json`",
            ));
        }
        let limit = request.extensions().get::<BodyLimit>().copied();
        match String::from_request(request, state).await {
            Ok(text) => Ok(Self(text)),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(too_large(limit.unwrap_or(USUAL)))
            }
            Err(rejection) => Err(Problem::new(
                rejection.status(),
                "body_unreadable",
                rejection.body_text(),
            )),
        }
    }
}

fn too_large(limit: BodyLimit) -> Problem {
    let most = limit.0 >> 20;
    let detail = format!("the body is larger than {most} MiB, the most that is read here");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
}

fn problem(rejection: &JsonRejection, limit: BodyLimit) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large(limit);
    }
    let code = match rejection {
        JsonRejection::JsonDataError(_) => "invalid",
        JsonRejection::JsonSyntaxError(_) => "json_unreadable",
        JsonRejection::MissingJsonContentType(_) => "json_expected",
        _ => "body_unreadable",
    };
    Problem::new(rejection.status(), code, rejection.body_text())
}

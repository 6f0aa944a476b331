//! Failures as problem documents (RFC 9457), and the one place where the errors of operations become statuses.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use operations::{Error, FieldError};
use serde::Serialize;

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A problem document (RFC 9457). `code` is stable; `detail` is for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// A URI that names the kind of problem: `about:blank`, where the status says it all.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The status in words.
    pub title: String,
    /// A stable code for programs: `not_found`, `conflict`, `invalid`.
    pub code: &'static str,
    /// What happened to this request.
    pub detail: String,
    /// What is wrong with each field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// The version that the thing has now, when the request was made for another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_version: Option<i64>,
    /// Seconds to wait before the next try; also sent as `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldProblem {
    /// The field as it was sent; a path for one inside a list: `questions/0/label`.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

impl From<FieldError> for FieldProblem {
    fn from(error: FieldError) -> Self {
        Self {
            field: error.field,
            message: error.message,
        }
    }
}

impl Problem {
    /// A problem with a status, a code and a sentence.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            status: status.as_u16(),
            title: status.canonical_reason().unwrap_or("Problem").to_owned(),
            code,
            detail: detail.into(),
            errors: Vec::new(),
            current_version: None,
            retry_after: None,
        }
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Status and stable code of an error of operations.
pub fn classify(error: &Error) -> (StatusCode, &'static str) {
    match error {
        Error::NotFound { .. } => (StatusCode::NOT_FOUND, "not_found"),
        Error::SignInNeeded => (StatusCode::UNAUTHORIZED, "sign_in_needed"),
        Error::Forbidden { .. } => (StatusCode::FORBIDDEN, "forbidden"),
        Error::PersonNeeded(_) => (StatusCode::FORBIDDEN, "person_needed"),
        Error::Conflict { .. } => (StatusCode::PRECONDITION_FAILED, "version_conflict"),
        Error::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
        Error::InUse(_) => (StatusCode::CONFLICT, "in_use"),
        Error::WrongState(_) => (StatusCode::CONFLICT, "wrong_state"),
        Error::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_many"),
        Error::Unreadable(_) => (StatusCode::UNPROCESSABLE_ENTITY, "document_unreadable"),
        Error::Fetch(_) => (StatusCode::UNPROCESSABLE_ENTITY, "fetch_failed"),
        Error::Link(_) => (StatusCode::GONE, "link_not_valid"),
        Error::SignIn(_) => (StatusCode::UNAUTHORIZED, "sign_in_failed"),
        Error::Store(error) if error.is_passing() => {
            (StatusCode::SERVICE_UNAVAILABLE, "store_busy")
        }
        Error::Seal(_) | Error::Shelf(_) | Error::Store(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "internal")
        }
    }
}

/// What may be told of an error: its own words and those of its cause, where the cause is the person's to mend;
/// nothing of what went wrong inside.
pub fn tell(error: &Error) -> String {
    match error {
        Error::Unreadable(cause) => format!("{error}: {cause}"),
        Error::Fetch(cause) => format!("{error}: {cause}"),
        Error::Store(store::Error::ReadOnly(_)) => {
            "the database is read-only; nothing was changed".to_owned()
        }
        Error::Store(cause) if cause.is_passing() => {
            "the database is busy or out of reach; try again in a moment".to_owned()
        }
        Error::Seal(_) | Error::Shelf(_) | Error::Store(_) => {
            "something failed inside; it has been logged".to_owned()
        }
        error => error.to_string(),
    }
}

/// Logs an error that is the platform's own fault, with all its causes.
pub fn log(error: &Error) {
    if classify(error).0.is_server_error() {
        let mut causes = Vec::new();
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            causes.push(error.to_string());
            cause = error.source();
        }
        tracing::error!(causes = causes.join(": "), "{error}");
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        log(&error);
        let (status, code) = classify(&error);
        let mut problem = Self::new(status, code, tell(&error));
        match error {
            Error::Invalid(fields) => {
                problem.errors = fields.into_iter().map(FieldProblem::from).collect();
            }
            Error::Conflict {
                current_version, ..
            } => {
                problem.current_version = Some(current_version);
            }
            Error::TooMany { retry_after } => {
                problem.retry_after = Some(retry_after.as_secs().max(1));
            }
            Error::Store(_) if status == StatusCode::SERVICE_UNAVAILABLE => {
                problem.retry_after = Some(1);
            }
            _ => {}
        }
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if self.status == 401 {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"gatehouse\""),
            );
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_inside_is_not_told() {
        let cause = sqlx_error();
        let problem = Problem::from(Error::Store(cause));
        assert_eq!((problem.status, problem.code), (500, "internal"));
        assert_eq!(
            problem.detail,
            "something failed inside; it has been logged"
        );
    }

    fn sqlx_error() -> store::Error {
        // Any fault of a statement will do; the store makes its errors from the driver's.
        store::Error::from(sqlx::Error::RowNotFound)
    }

    #[test]
    fn each_wrong_field_is_named() {
        let problem = Problem::from(Error::invalid("slug", "is taken"));
        assert_eq!(problem.status, 422);
        assert_eq!(problem.errors[0].field, "slug");
        assert_eq!(problem.detail, "slug is taken");
    }

    #[test]
    fn waiting_is_said_in_the_header_too() {
        let error = Error::TooMany {
            retry_after: std::time::Duration::from_secs(7),
        };
        let response = Problem::from(error).into_response();
        assert_eq!(response.headers()[header::RETRY_AFTER], "7");
        assert_eq!(response.headers()[header::CONTENT_TYPE], MEDIA_TYPE);
    }
}

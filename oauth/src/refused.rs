//! Refusals as answers (RFC 6749, section 5.2).

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use faces::throttle::Throttled;
use operations::oauth::{Code, OauthError};
use serde_json::json;

/// Why there is no token.
pub(crate) enum Refused {
    /// By the standard. `by_header`: the client proved itself in a header, so it is challenged for one.
    Oauth { error: OauthError, by_header: bool },
    /// Asked too often.
    Throttled(Throttled),
}

impl Refused {
    /// A refusal of a request with these headers.
    pub(crate) fn of(headers: &HeaderMap) -> impl Fn(OauthError) -> Self {
        let by_header = headers.contains_key(header::AUTHORIZATION);
        move |error| Self::Oauth { error, by_header }
    }
}

impl From<operations::Error> for Refused {
    fn from(error: operations::Error) -> Self {
        Self::Oauth {
            error: error.into(),
            by_header: false,
        }
    }
}

impl From<Throttled> for Refused {
    fn from(throttled: Throttled) -> Self {
        Self::Throttled(throttled)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Throttled(wait) => {
                let seconds = wait.0.as_secs().max(1);
                let mut response = body(
                    StatusCode::TOO_MANY_REQUESTS,
                    "temporarily_unavailable",
                    &format!("too many requests; wait {seconds} s"),
                );
                let headers = response.headers_mut();
                headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
                response
            }
            Self::Oauth {
                error: OauthError::Refused { code, description },
                by_header,
            } => refused(code, &description, by_header),
            Self::Oauth {
                error: OauthError::Failed(error),
                ..
            } => failed(error),
        }
    }
}

fn refused(code: Code, description: &str, by_header: bool) -> Response {
    let status = match code {
        Code::InvalidClient => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    let mut response = body(status, code.as_str(), description);
    if code == Code::InvalidClient && by_header {
        let challenge = HeaderValue::from_static("Basic realm=\"oauth\"");
        let headers = response.headers_mut();
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

fn failed(error: operations::Error) -> Response {
    match error {
        operations::Error::Forbidden { .. } => {
            body(StatusCode::FORBIDDEN, "access_denied", &error.to_string())
        }
        operations::Error::SignInNeeded => {
            let description = "the token is not one of the admin API";
            let mut response = body(StatusCode::UNAUTHORIZED, "invalid_token", description);
            let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            let headers = response.headers_mut();
            headers.insert(header::WWW_AUTHENTICATE, challenge);
            response
        }
        error => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the OAuth server failed"
            );
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            body(status, "server_error", "the server failed; try again")
        }
    }
}

fn body(status: StatusCode, error: &str, description: &str) -> Response {
    // the standard allows visible ASCII without quotes and backslashes
    let description: String = description
        .chars()
        .map(|c| match c {
            '"' | '\\' => '\'',
            c if c.is_ascii_graphic() || c == ' ' => c,
            _ => '?',
        })
        .collect();
    let body = json!({ "error": error, "error_description": description });
    (status, Json(body)).into_response()
}

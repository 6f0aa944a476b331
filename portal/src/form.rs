//! Queries and plain forms: read them, and lead on after them.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::de::DeserializeOwned;

use crate::failure::PageError;

/// The largest form that is read, in bytes.
const LARGEST: usize = 256 * 1024;

/// The fields of a submitted form. A field may appear several times: those become lists.
///
/// Fields are texts here: whether a text will do is for the page to say, beside the field.
pub struct Submitted<T>(pub T);

impl<S, T> FromRequest<S> for Submitted<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = PageError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, PageError> {
        if !is_form(request.headers()) {
            return Err(PageError::Unreadable("it is no form".to_owned()));
        }
        let bytes = axum::body::to_bytes(request.into_body(), LARGEST)
            .await
            .map_err(|_| PageError::TooLarge { limit: LARGEST })?;
        serde_html_form::from_bytes(&bytes)
            .map(Self)
            .map_err(|error| PageError::Unreadable(error.to_string()))
    }
}

/// The query of an address. What cannot be read is refused with a page, not with a bare line.
pub struct Asked<T>(pub T);

impl<S, T> FromRequestParts<S> for Asked<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, PageError> {
        serde_html_form::from_str(parts.uri.query().unwrap_or_default())
            .map(Self)
            .map_err(|error| PageError::Unreadable(error.to_string()))
    }
}

/// Where to go after a form was taken (303): reloading the next page sends nothing again.
#[must_use]
pub fn lead_to(path: &str) -> Response {
    if is_own(path) {
        Redirect::to(path).into_response()
    } else {
        StatusCode::BAD_REQUEST.into_response()
    }
}

/// Whether a path stays on this site: what comes from a query must not lead elsewhere.
#[must_use]
pub fn is_own(path: &str) -> bool {
    let mut characters = path.chars();
    characters.next() == Some('/')
        && !matches!(characters.next(), Some('/' | '\\'))
        && !path.contains(|character: char| character.is_control())
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_from_elsewhere_is_not_followed() {
        assert!(is_own("/"));
        assert!(is_own("/applications?page=2"));
        for foreign in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nset-cookie: x",
        ] {
            assert!(!is_own(foreign), "{foreign}");
            assert_eq!(lead_to(foreign).status(), StatusCode::BAD_REQUEST);
        }
        assert_eq!(lead_to("/").status(), StatusCode::SEE_OTHER);
    }
}

//! The pages before one is in: set-up, sign-in, a forgotten password, sign-out.

pub(crate) mod forgotten;
pub(crate) mod password;
pub(crate) mod provider;
pub(crate) mod set_up;
pub(crate) mod sign_in;
pub(crate) mod sign_out;

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use faces::session::Front;
use operations::sign_in::Opened;

use crate::dashboard::Dashboard;
use crate::layout::Gate;
use crate::surround::Nonce;

/// The page around a gate.
pub(crate) fn gate(dashboard: &Dashboard, nonce: &Nonce, title: &str) -> Gate {
    Gate {
        title: title.to_owned(),
        place: dashboard.place.clone(),
        nonce: nonce.0.clone(),
        plain: false,
    }
}

/// In: the cookie, and on to where the person was going.
pub(crate) fn in_with(dashboard: &Dashboard, opened: &Opened, next: &str) -> Response {
    let cookies = dashboard.cookies();
    let left = opened.expires_at.since(dashboard.platform.now()).as_secs();
    let cookie = cookies.set(
        cookies.session_name(),
        opened.token.reveal(),
        i64::try_from(left).ok(),
    );
    let mut response = Redirect::to(here(next)).into_response();
    faces::cookie::append(response.headers_mut(), cookie);
    response
}

/// A path of this dashboard; anything else becomes the first page.
pub(crate) fn here(next: &str) -> &str {
    let is_path = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(char::is_control);
    if is_path { next } else { "/" }
}

/// What the browser calls itself.
pub(crate) fn user_agent(headers: &HeaderMap) -> String {
    headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .chars()
        .take(300)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::here;

    #[test]
    fn nobody_is_sent_elsewhere_after_signing_in() {
        for away in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "evil",
            "",
            "/a\nb",
        ] {
            assert_eq!(here(away), "/", "{away}");
        }
        assert_eq!(here("/apis?state=draft"), "/apis?state=draft");
    }
}

//! The pages before one is in: set-up, sign-in, a forgotten password, sign-out.

pub(crate) mod forgotten;
pub(crate) mod password;
pub(crate) mod provider;
pub(crate) mod set_up;
pub(crate) mod sign_in;
pub(crate) mod sign_out;

use axum::response::Response;
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
    faces::sign_in::let_in(dashboard, opened, here(next))
}

/// A path of this dashboard; anything else becomes the first page.
pub(crate) fn here(next: &str) -> &str {
    let is_path = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(char::is_control);
    if is_path { next } else { "/" }
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

//! How a handler answers: a page, a way on with a word about what was done, or a failure.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use data_encoding::BASE64URL_NOPAD;
use faces::problem::{classify, log, tell};

use crate::parts::Tone;

/// The cookie that carries one sentence over a redirect.
pub(crate) const SAID: &str = "gatehouse-admin-said";

/// What handlers give back.
pub(crate) type Answer = Result<Response, Fault>;

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The operation was not done.
    Operation(operations::Error),
    /// Somebody must sign in first, and comes back to this address.
    SignIn(String),
    /// The request itself cannot be read.
    Unreadable(StatusCode, String),
}

impl From<operations::Error> for Fault {
    fn from(error: operations::Error) -> Self {
        Self::Operation(error)
    }
}

/// A failure on its way to becoming a page.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) what: String,
}

impl Failure {
    /// The heading of its page.
    pub(crate) fn title(&self) -> &'static str {
        match self.status {
            StatusCode::TOO_MANY_REQUESTS => "Too many tries",
            StatusCode::CONFLICT => "Not possible as things stand",
            StatusCode::PRECONDITION_FAILED => "Somebody else changed it meanwhile",
            StatusCode::GONE => "This link does not open anything",
            status if status.is_server_error() => "This page failed, not the calls",
            _ => "This request cannot be taken",
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let failure = match self {
            Self::SignIn(next) => return to_sign_in(&next),
            Self::Operation(operations::Error::SignInNeeded) => return to_sign_in("/"),
            Self::Operation(error) => {
                log(&error);
                Failure {
                    status: classify(&error).0,
                    what: sentence(&tell(&error)),
                }
            }
            Self::Unreadable(status, what) => Failure { status, what },
        };
        let mut response = failure.status.into_response();
        response.extensions_mut().insert(failure);
        response
    }
}

/// A message of an error as a sentence of a page.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let mut out: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect();
    if !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}

fn to_sign_in(next: &str) -> Response {
    let target = match next {
        "" | "/" => "/sign-in".to_owned(),
        next => {
            let query: String = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("next", next)
                .finish();
            format!("/sign-in?{query}")
        }
    };
    Redirect::to(&target).into_response()
}

/// A page with a status.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    let html = template
        .render()
        .expect("writing into a String cannot fail");
    (status, Html(html)).into_response()
}

/// On to another page, which says what was done.
pub(crate) fn done(path: &str, said: &str) -> Answer {
    Ok(go(path, Tone::Good, said))
}

/// On to another page, which says what was not done.
pub(crate) fn not_done(path: &str, said: &str) -> Answer {
    Ok(go(path, Tone::Bad, said))
}

fn go(path: &str, tone: Tone, said: &str) -> Response {
    let mark = if tone == Tone::Bad { '!' } else { '.' };
    let short: String = said.chars().take(400).collect();
    let value = BASE64URL_NOPAD.encode(format!("{mark}{short}").as_bytes());
    let mut response = Redirect::to(path).into_response();
    // `Secure` is left out: it holds no secret, and plain HTTP on loopback would lose it.
    let cookie = format!("{SAID}={value}; Path=/; Max-Age=20; HttpOnly; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// What [`done`] said on the page before.
pub(crate) fn said(cookie: &str) -> Option<(Tone, String)> {
    let text = String::from_utf8(BASE64URL_NOPAD.decode(cookie.as_bytes()).ok()?).ok()?;
    match text.chars().next()? {
        '.' => Some((Tone::Good, text[1..].to_owned())),
        '!' => Some((Tone::Bad, text[1..].to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_survives_the_redirect() {
        let response = done("/apis", "Created “Ünits”; done").unwrap();
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        let value = cookie
            .split(';')
            .next()
            .unwrap()
            .strip_prefix("gatehouse-admin-said=")
            .unwrap();
        assert_eq!(
            said(value),
            Some((Tone::Good, "Created “Ünits”; done".to_owned()))
        );
        assert_eq!(said("made up"), None);
    }

    #[test]
    fn errors_read_as_sentences() {
        assert_eq!(
            sentence("plan `gold` has subscriptions"),
            "Plan `gold` has subscriptions."
        );
    }
}

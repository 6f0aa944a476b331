//! The page that the gateway answers with when a browser meets an error: one file that fetches nothing.

use std::sync::LazyLock;

use askama::Template;
use data_encoding::BASE64;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("../templates/error.css");

static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64.encode(&Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// An error of the gateway as a page, for callers that accept HTML before JSON.
#[derive(Template, Debug)]
#[template(path = "error.html")]
pub struct ErrorPage<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The gateway's code: `key_expired`.
    pub code: &'a str,
    /// What happened, in a few words.
    pub title: &'a str,
    /// What happened to this request; may be empty.
    pub detail: &'a str,
    /// The id to quote.
    pub request_id: &'a str,
    /// The portal's page about the code, when the portal has a public address.
    pub help_url: Option<&'a str>,
}

impl ErrorPage<'_> {
    /// The page as HTML.
    #[must_use]
    pub fn to_html(&self) -> String {
        Template::render(self).expect("writing into a String cannot fail")
    }

    /// The `Content-Security-Policy` under which the page works: nothing but its own style.
    #[must_use]
    pub fn content_security_policy() -> &'static str {
        &POLICY
    }
}

#[cfg(test)]
mod tests {
    use super::{BASE64, Digest, ErrorPage, Sha256};

    fn page(detail: &str, help_url: Option<&str>) -> String {
        ErrorPage {
            status: 429,
            code: "rate_limited",
            title: "Too many calls",
            detail,
            request_id: "req_01",
            help_url,
        }
        .to_html()
    }

    #[test]
    fn tells_what_happened_and_where_to_read_on() {
        let html = page(
            "Try again in 12 s.",
            Some("https://portal.example/errors/rate_limited"),
        );
        assert!(html.contains("<title>429 Too many calls</title>"));
        assert!(html.contains("<code>req_01</code>"));
        assert!(html.contains(r#"href="https://portal.example/errors/rate_limited""#));
        assert!(!page("", None).contains("<p>"));
    }

    #[test]
    fn what_a_caller_sends_is_never_markup() {
        let html = page(
            "no route for /<script>alert(1)</script>",
            Some("javascript\"><script>"),
        );
        assert!(!html.contains("<script"));
    }

    #[test]
    fn the_policy_lets_in_this_style_and_no_other() {
        let html = page("", None);
        let style = html
            .split("<style>")
            .nth(1)
            .unwrap()
            .split("</style>")
            .next()
            .unwrap();
        let hash = BASE64.encode(&Sha256::digest(style.as_bytes()));
        assert!(ErrorPage::content_security_policy().contains(&format!("'sha256-{hash}'")));
        assert!(!html.contains(" style=") && !html.contains("src="));
    }
}

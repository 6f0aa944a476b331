//! The pages for an address that leads nowhere, and for a page that could not be made.

use askama::Template;

use crate::layout::Gate;

/// There is no page at this address.
#[derive(Template, Debug)]
#[template(path = "not_found.html")]
pub struct NotFound {
    /// The page around it.
    pub gate: Gate,
    /// The address that was asked for.
    pub path: String,
    /// What is not there; may be empty.
    pub what: String,
}

impl NotFound {
    /// The page for an address.
    #[must_use]
    pub fn new(path: String, what: String, place: String, nonce: String) -> Self {
        let gate = Gate {
            title: "There is no page at this address".to_owned(),
            place,
            nonce,
            plain: true,
        };
        Self { gate, path, what }
    }
}

/// The page could not be made.
#[derive(Template, Debug)]
#[template(path = "failed.html")]
pub struct Failed {
    /// The page around it.
    pub gate: Gate,
    /// What went wrong, in a sentence for the operator.
    pub what: String,
    /// The address to try again.
    pub again: String,
    /// The id of the request in the log.
    pub request_id: String,
    /// When it happened, with seconds and zone.
    pub when: String,
    /// The HTTP status.
    pub status: u16,
    /// The status in words: `Internal Server Error`.
    pub reason: String,
    /// Whether the platform is at fault, and not the request.
    pub ours: bool,
}

/// The role of whoever is signed in does not reach the page.
#[derive(Template, Debug)]
#[template(path = "refused.html")]
pub struct Refused {
    /// The page around it.
    pub gate: Gate,
    /// What is missing.
    pub what: String,
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::{Failed, Gate, NotFound};

    #[test]
    fn an_address_is_never_markup() {
        let page = NotFound::new(
            "/<script>".to_owned(),
            String::new(),
            "staging".to_owned(),
            "n0nce".to_owned(),
        );
        let html = page.render().unwrap();
        assert!(html.contains("<code>/&#60;script&#62;</code>"), "{html}");
        assert!(html.contains("staging"));
    }

    #[test]
    fn a_failure_shows_its_request_id() {
        let gate = Gate {
            title: "This page failed".to_owned(),
            place: String::new(),
            nonce: "n0nce".to_owned(),
            plain: true,
        };
        let page = Failed {
            gate,
            what: "The store did not answer within 5 seconds.".to_owned(),
            again: "/nodes".to_owned(),
            request_id: "req_01JD2MHX7R".to_owned(),
            when: "20 November 2026, 16:04:12 UTC".to_owned(),
            status: 500,
            reason: "Internal Server Error".to_owned(),
            ours: true,
        };
        let html = page.render().unwrap();
        assert!(html.contains("<code>req_01JD2MHX7R</code>"));
        assert!(!html.contains("class=\"place\""), "no name, no empty box");
    }
}

//! The way through a long list: cursors, so one page before and one after.

use askama::Template;

/// Links to the neighbouring pages.
#[derive(Template, Debug, Clone)]
#[template(path = "parts/pages.html")]
pub struct Pages {
    /// What is shown: `50 applications`, `The first 50`.
    pub shown: String,
    /// The page before, with all filters in its address.
    pub before: Option<String>,
    /// The next page, likewise.
    pub next: Option<String>,
}

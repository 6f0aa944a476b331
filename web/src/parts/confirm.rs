//! The last step before something is destroyed: what breaks, in figures, and the name typed.

use askama::Template;

use super::Field;

/// A question with consequences. It is a dialog in the page and, without scripts, a page of its own behind the same link.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// Unique in the page; `data-open` names it.
    pub id: String,
    /// `Revoke Production?`
    pub question: String,
    /// What happens then, in a sentence.
    pub consequence: String,
    /// What breaks: (`applications`, `3`).
    pub impact: Vec<(String, String)>,
    /// What else is asked: a reason, a date.
    pub fields: Vec<Field>,
    /// The name to type, if it is that grave.
    pub typed_name: Option<String>,
    /// Why the last try was not taken.
    pub error: Option<String>,
    /// Where the form goes.
    pub action: String,
    /// The safe button: `Keep it`.
    pub keep: String,
    /// The other one: `Revoke the key`.
    pub act: String,
    /// The version of what is shown, so that nobody destroys what changed meanwhile; none where nothing counts versions.
    pub version: Option<i64>,
    /// Where the safe button of the page leads.
    pub back: String,
}

#[derive(Template)]
#[template(path = "parts/confirm.html")]
struct Dialog<'a> {
    confirm: &'a Confirm,
    dialog: bool,
}

#[derive(Template)]
#[template(path = "parts/confirm_page.html")]
struct Page<'a> {
    confirm: &'a Confirm,
    dialog: bool,
}

impl Confirm {
    /// The dialog, closed; a link or button with `data-open` opens it.
    #[must_use]
    pub fn dialog(&self) -> String {
        Dialog {
            confirm: self,
            dialog: true,
        }
        .render()
        .expect("writing into a String cannot fail")
    }

    /// The same form within a page.
    #[must_use]
    pub fn page(&self) -> String {
        Page {
            confirm: self,
            dialog: false,
        }
        .render()
        .expect("writing into a String cannot fail")
    }
}

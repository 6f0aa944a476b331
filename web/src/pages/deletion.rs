//! Asking before one thing is deleted: its name is typed, and what goes with it is said in figures.

use crate::admin::Admin;
use crate::layout::Screen;
use crate::parts::{Confirm, ConfirmPage, Threshold};

/// What would be deleted.
pub(crate) struct Deletion<'a> {
    /// What it is: `certificate`.
    pub(crate) what: &'static str,
    /// What it is called.
    pub(crate) name: &'a str,
    /// The screen that it belongs to.
    pub(crate) screen: Screen,
    /// The list that it stands in: its title and its address.
    pub(crate) list: (&'static str, &'static str),
    /// The address of its page.
    pub(crate) path: String,
    /// Its address in the admin API.
    pub(crate) api: String,
    /// What happens then.
    pub(crate) consequence: &'static str,
    /// What goes with it: what it is, and how many.
    pub(crate) impact: &'a [(&'static str, usize)],
    /// The version of it that is shown.
    pub(crate) version: i64,
}

impl Deletion<'_> {
    /// The page, with why the last try was not taken.
    pub(crate) fn page(self, admin: &Admin, error: Option<String>) -> ConfirmPage {
        let question = format!("Delete {}?", self.name);
        let count = |(what, number): &(&str, usize)| ((*what).to_owned(), number.to_string());
        ConfirmPage {
            layout: admin.layout(&question, Some(self.screen)),
            head: Threshold::new(&question)
                .below(self.list.0, self.list.1)
                .below(self.name, &self.path),
            confirm: Confirm {
                id: "delete".to_owned(),
                question,
                consequence: self.consequence.to_owned(),
                impact: self.impact.iter().map(count).collect(),
                fields: Vec::new(),
                typed_name: Some(self.name.to_owned()),
                error,
                action: format!("{}/delete", self.path),
                version: Some(self.version),
                keep: "Keep it".to_owned(),
                act: format!("Delete the {}", self.what),
                back: self.path,
            },
            api_call: Some(admin.api_call("DELETE", self.api, None)),
        }
    }
}

//! A page that is one form: sections with fields, one button, and the way back.

use askama::Template;

use super::{ApiCall, Confirm, Field, Notice, Threshold};
use crate::layout::Layout;

/// Some fields that belong together.
#[derive(Debug, Clone, Default)]
pub struct FormSection {
    /// Its heading.
    pub title: String,
    /// A sentence below.
    pub lede: String,
    /// Its fields.
    pub fields: Vec<Field>,
    /// What else stands there: markup made by another part, never by a person.
    pub more: String,
}

impl FormSection {
    /// A section with a heading and fields.
    #[must_use]
    pub fn new(title: &str, lede: &str, fields: Vec<Field>) -> Self {
        Self {
            title: title.to_owned(),
            lede: lede.to_owned(),
            fields,
            more: String::new(),
        }
    }
}

/// A page that is one form.
#[derive(Template, Debug, Clone)]
#[template(path = "form_page.html")]
pub struct FormPage {
    /// The page around it.
    pub layout: Layout,
    /// The head.
    pub head: Threshold,
    /// Why it came back.
    pub notice: Option<Notice>,
    /// Where it goes.
    pub action: String,
    /// What is sent along unseen.
    pub hidden: Vec<(&'static str, String)>,
    /// Its sections.
    pub sections: Vec<FormSection>,
    /// What the button does.
    pub submit: String,
    /// The way back.
    pub cancel: String,
    /// The same as a call of the admin API.
    pub api_call: Option<ApiCall>,
    /// What stands below the form: markup made by another part, never by a person.
    pub after: String,
    /// The tabs below the head; none for most forms.
    pub tabs: Vec<(&'static str, String, bool)>,
}

impl FormPage {
    /// The call for the version that the form was made from.
    fn call(&self) -> Option<ApiCall> {
        let call = self.api_call.clone()?;
        let version = self
            .hidden
            .iter()
            .find(|(name, value)| *name == "version" && value != "0")
            .and_then(|(_, value)| value.parse().ok());
        Some(match version {
            Some(version) => call.at(version),
            None => call,
        })
    }

    /// The fields of all sections.
    #[must_use]
    pub fn fields(sections: &[FormSection]) -> Vec<&Field> {
        sections
            .iter()
            .flat_map(|section| &section.fields)
            .collect()
    }
}

impl ConfirmPage {
    /// The call for the version that the question is about.
    fn call(&self) -> Option<ApiCall> {
        let call = self.api_call.clone()?;
        Some(match self.confirm.version {
            Some(version) => call.at(version),
            None => call,
        })
    }
}

/// A page that asks before something is destroyed.
#[derive(Template, Debug, Clone)]
#[template(path = "confirm.html")]
pub struct ConfirmPage {
    /// The page around it.
    pub layout: Layout,
    /// The head.
    pub head: Threshold,
    /// The question.
    pub confirm: Confirm,
    /// The same as a call of the admin API.
    pub api_call: Option<ApiCall>,
}

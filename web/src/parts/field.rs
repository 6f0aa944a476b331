//! A field of a form: label, control, hint, and the error that came back.

use askama::Template;

/// What is typed or chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A line of text.
    Text,
    /// An address.
    Email,
    /// A URL.
    Url,
    /// A whole number.
    Number,
    /// A password; its value is never sent back to the page.
    Password,
    /// Several lines, with how many are shown.
    Area(u8),
    /// One of a list.
    Select(Vec<Choice>),
    /// One of a few, each with a hint.
    Radio(Vec<Choice>),
    /// Yes or no; sends `true` or nothing.
    Checkbox,
}

impl Kind {
    fn html_type(&self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Url => "url",
            _ => "text",
        }
    }
}

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// What it means; shown only beside radio buttons.
    pub hint: String,
}

impl Choice {
    /// A choice without a hint.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            hint: String::new(),
        }
    }

    /// With a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// A field of a form.
#[derive(Template, Debug, Clone)]
#[template(path = "parts/field.html")]
pub struct Field {
    id: String,
    name: String,
    label: String,
    kind: Kind,
    value: String,
    hint: String,
    error: Option<String>,
    affix: Option<String>,
    autocomplete: Option<&'static str>,
    optional: bool,
    mono: bool,
}

impl Field {
    /// A field whose id is its name.
    #[must_use]
    pub fn new(kind: Kind, name: &str, label: &str) -> Self {
        Self {
            id: format!("field-{name}"),
            name: name.to_owned(),
            label: label.to_owned(),
            kind,
            value: String::new(),
            hint: String::new(),
            error: None,
            affix: None,
            autocomplete: None,
            optional: false,
            mono: false,
        }
    }

    /// For forms that stand in a page more than once.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// What is in it; `true` checks a box.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// A sentence below.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Why it was not taken, and how to mend it.
    #[must_use]
    pub fn error(mut self, error: Option<impl Into<String>>) -> Self {
        self.error = error.map(Into::into);
        self
    }

    /// The unit, at the end of the control: `a minute`.
    #[must_use]
    pub fn affix(mut self, affix: impl Into<String>) -> Self {
        self.affix = Some(affix.into());
        self
    }

    /// What the browser may fill in: `username`, `new-password`, `off`.
    #[must_use]
    pub fn autocomplete(mut self, token: &'static str) -> Self {
        self.autocomplete = Some(token);
        self
    }

    /// It may be left open.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// A machine reads it.
    #[must_use]
    pub fn mono(mut self) -> Self {
        self.mono = true;
        self
    }

    /// Whether a flaw at this path is shown beside the field.
    pub(crate) fn holds(&self, path: &str) -> bool {
        path.strip_prefix(self.name.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The attributes that tie the control to its hint and its error.
    fn aria(&self) -> String {
        let mut described = Vec::new();
        if !self.hint.is_empty() {
            described.push("hint");
        }
        if self.error.is_some() {
            described.push("error");
        }
        let mut out = String::new();
        if self.error.is_some() && !matches!(self.kind, Kind::Radio(_)) {
            out.push_str(" aria-invalid=\"true\"");
        }
        if !described.is_empty() {
            let id = self.id.replace(['"', '&', '<', '>', ' '], "");
            let ids: Vec<String> = described
                .into_iter()
                .map(|what| format!("{id}-{what}"))
                .collect();
            out.push_str(&format!(" aria-describedby=\"{}\"", ids.join(" ")));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::{Choice, Field, Kind};

    fn html(field: Field) -> String {
        field.render().unwrap()
    }

    #[test]
    fn an_error_is_tied_to_its_control() {
        let html = html(
            Field::new(Kind::Url, "target", "Target")
                .value("\"><script>")
                .hint("Where to.")
                .error(Some("must begin with https")),
        );
        assert!(
            html.contains(
                r#"aria-invalid="true" aria-describedby="field-target-hint field-target-error""#
            ),
            "{html}"
        );
        assert!(
            html.contains(r#"<p class="error" id="field-target-error">"#),
            "{html}"
        );
        assert!(!html.contains("<script>"), "{html}");
        assert!(html.contains(r#"type="url""#), "{html}");
    }

    #[test]
    fn what_was_chosen_comes_back() {
        let choices = vec![
            Choice::new("instant", "At once"),
            Choice::new("review", "After a look").hint("usually within a day"),
        ];
        let select =
            html(Field::new(Kind::Select(choices.clone()), "approval", "Approval").value("review"));
        assert!(
            select.contains(r#"<option value="review" selected>"#),
            "{select}"
        );
        let radio = html(
            Field::new(Kind::Radio(choices), "approval", "Approval")
                .value("review")
                .error(Some("choose one")),
        );
        assert!(
            radio.contains(r#"value="review" checked>"#)
                && !radio.contains(r#"value="instant" checked"#),
            "{radio}"
        );
        assert_eq!(
            (
                radio.matches("<fieldset").count(),
                radio.matches("</fieldset>").count()
            ),
            (1, 1)
        );
        let checked = html(Field::new(Kind::Checkbox, "enabled", "Enabled").value("true"));
        assert!(checked.contains(r#"value="true" checked"#), "{checked}");
    }

    #[test]
    fn a_password_never_comes_back() {
        let html = html(
            Field::new(Kind::Password, "password", "Password")
                .value("weir lantern copper nine")
                .autocomplete("new-password"),
        );
        assert!(!html.contains("weir"), "{html}");
        assert!(html.contains(r#"data-reveal="field-password""#), "{html}");
    }

    #[test]
    fn a_number_carries_its_unit() {
        let html = html(
            Field::new(Kind::Number, "limit", "Limit")
                .value("600")
                .affix("a minute"),
        );
        assert!(
            html.contains(r#"inputmode="numeric""#)
                && html.contains(r#"<span class="affix">a minute</span></div>"#),
            "{html}"
        );
    }

    #[test]
    fn the_first_line_of_an_area_is_kept() {
        let html = html(Field::new(Kind::Area(4), "text", "Text").value("\nsecond"));
        assert!(html.contains("rows=\"4\">\n\nsecond</textarea>"), "{html}");
    }
}

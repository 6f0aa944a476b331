//! A field of a form: label, input, hint, error.

use leptos::prelude::*;

use super::icon::icon;

/// One field, as its page describes it.
#[derive(Clone, Debug, Default)]
pub struct Field {
    /// The name that is sent, and the id that links lead to.
    pub name: &'static str,
    /// What it asks for.
    pub label: &'static str,
    /// `text`, `email`, `password`, `url`.
    pub kind: &'static str,
    /// What the browser may fill in: `email`, `new-password`, `one-time-code`, `off`.
    pub autocomplete: &'static str,
    /// What was typed; never for a password.
    pub value: String,
    /// Below the field, before anything is wrong.
    pub hint: Option<&'static str>,
    /// What is wrong, and how to mend it.
    pub error: Option<String>,
    /// Whether the label says that it may stay empty.
    pub optional: bool,
}

/// Draws a field; its error and hint are read out with it.
#[must_use]
pub fn field(field: Field) -> AnyView {
    let id = field.name;
    let error_id = format!("{id}-error");
    let hint_id = format!("{id}-hint");
    let described: Vec<&str> = [
        field.error.is_some().then_some(error_id.as_str()),
        field.hint.is_some().then_some(hint_id.as_str()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let described = (!described.is_empty()).then(|| described.join(" "));
    let invalid = field.error.is_some().then_some("true");
    let optional = field
        .optional
        .then(|| view! { " "<span class="optional">"optional"</span> });
    let error = field.error.map(|text| {
        view! { <p class="error" id=error_id>{icon("alert")}<span>{text}</span></p> }
    });
    let hint = field
        .hint
        .map(|text| view! { <p class="hint" id=hint_id>{text}</p> });
    let input = view! {
        <input class="input" id=id name=id type=field.kind value=field.value
            autocomplete=field.autocomplete aria-invalid=invalid aria-describedby=described/>
    };
    let box_with_reveal = if field.kind == "password" {
        view! {
            <div class="input-row">
                {input}
                <button class="button" type="button" data-reveal=id aria-label="Show the password" aria-pressed="false">
                    {icon("eye")}
                </button>
            </div>
        }
        .into_any()
    } else {
        input.into_any()
    };
    view! {
        <div class="field"><label for=id>{field.label}{optional}</label>{box_with_reveal}{error}{hint}</div>
    }.into_any()
}

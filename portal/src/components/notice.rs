//! A word to the reader, in the page.

use leptos::prelude::*;

use super::icon::icon;
use super::state::Tone;

/// A notice: what happened in a few words, and what it means.
#[must_use]
pub fn notice(tone: Tone, name: &str, title: &str, text: &str) -> AnyView {
    let icon = icon(name);
    let (title, text) = (title.to_owned(), text.to_owned());
    let role = (tone == Tone::Bad).then_some("alert");
    view! {
        <div class="notice" data-tone=tone.word() role=role>
            {icon}
            <div><strong>{title}</strong><p>{text}</p></div>
        </div>
    }
    .into_any()
}

/// What is wrong with a form, above it, each with a link to its field.
///
/// The focus goes there, so that nobody has to look for it.
#[must_use]
pub fn form_errors(errors: &[(&str, &str)]) -> AnyView {
    let title = match errors.len() {
        0 => return ().into_any(),
        1 => "One thing needs a second look".to_owned(),
        count => format!("{count} things need a second look"),
    };
    let list: Vec<_> = errors
        .iter()
        .map(|(field, text)| {
            let href = format!("#{field}");
            let text = (*text).to_owned();
            view! { <li><a href=href>{text}</a></li> }
        })
        .collect();
    view! {
        <div class="notice" data-tone="bad" role="alert" tabindex="-1">
            {icon("alert")}
            <div><strong>{title}</strong><ul>{list}</ul></div>
        </div>
    }
    .into_any()
}

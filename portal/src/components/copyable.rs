//! Something to take along: an id, an address, a key's prefix.

use leptos::prelude::*;

use super::icon::icon;

/// A text with a button that copies it. `what` names it for those who cannot see it.
#[must_use]
pub fn copyable(text: &str, what: &str) -> AnyView {
    let label = format!("Copy {what}");
    let text = text.to_owned();
    view! {
        <span class="copyable">
            <code>{text.clone()}</code>
            <button type="button" data-copy=text aria-label=label>{icon("copy")}</button>
        </span>
    }
    .into_any()
}

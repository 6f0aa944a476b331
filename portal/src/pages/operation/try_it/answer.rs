//! What came of a call that the portal sent.

use leptos::prelude::*;

use super::relay::{Answered, Outcome};
use crate::components::icon::icon;
use crate::islands::try_it::json;
use crate::pages::typed::sentence;

/// Draws it below the form.
pub(super) fn answer(outcome: &Outcome) -> AnyView {
    match outcome {
        Outcome::Failed(message) => failed("The call was not sent", message),
        Outcome::Wrong(wrong) => {
            let whole = wrong.iter().find(|wrong| wrong.field.is_empty());
            let text = whole.map_or_else(
                || "A field above needs a second look.".to_owned(),
                |wrong| sentence(&wrong.message),
            );
            failed("The call was not sent", &text)
        }
        Outcome::Answered(answered) => received(answered),
    }
}

fn failed(title: &str, message: &str) -> AnyView {
    let (title, message) = (title.to_owned(), message.to_owned());
    view! {
        <div class="notice" data-tone="bad" role="alert">{icon("alert")}<div><strong>{title}</strong><p>{message}</p></div></div>
    }
    .into_any()
}

fn received(answered: &Answered) -> AnyView {
    let Answered {
        status,
        reason,
        milliseconds,
        bytes,
        headers,
        body,
    } = answered;
    let class = (status / 100).to_string();
    let lines: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    let size = charts::format::bytes(u64::try_from(*bytes).unwrap_or(u64::MAX));
    let count = charts::format::counted(headers.len() as u64, "header");
    let body = json::highlighted(body).unwrap_or_else(|| json::escaped(body));
    view! {
        <div class="result" role="status">
            <dl class="result-facts">
                <div><dt>"Status"</dt><dd><span class="http" data-class=class>{status.to_string()}</span>" "{*reason}</dd></div>
                <div><dt>"Time"</dt><dd>{format!("{milliseconds} ms")}</dd></div>
                <div><dt>"Size"</dt><dd>{size}</dd></div>
            </dl>
            <div class="code"><pre tabindex="0" role="region" aria-label="Body of the answer"><code inner_html=body></code></pre></div>
            <details class="fold"><summary>{icon("chevron-right")}{count}</summary>
                <div class="code"><pre tabindex="0" role="region" aria-label="Headers of the answer"><code>{lines}</code></pre></div>
            </details>
        </div>
    }
    .into_any()
}

//! The answer's parts behind three tabs: body, headers, and the same call for the command line.

use leptos::prelude::*;

use super::json::escaped;
use super::state::State;

/// What is shown of an answer.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Part {
    Body,
    Headers,
    Curl,
}

/// The tabs and what is behind the chosen one.
pub(super) fn parts(state: State, icons: &str) -> impl IntoView + use<> {
    let copy = format!("{icons}#copy");
    let headers = Signal::derive(move || {
        let count = state
            .head
            .with(|head| head.as_ref().map_or(0, |head| head.headers.len()));
        format!("Headers ({count})")
    });
    let name = Signal::derive(move || name(state.part.get()).to_owned());
    let content = Signal::derive(move || html(state));
    let is_hidden = Signal::derive(move || content.with(String::is_empty));
    let note = Signal::derive(move || note(state));
    view! {
        <div class="code">
            <header>
                <nav class="tabs" data-size="small" aria-label="Answer"><ul>
                    <li><a href="#try" data-act="body" aria-current=current(state, Part::Body)>"Body"</a></li>
                    <li><a href="#try" data-act="headers" aria-current=current(state, Part::Headers) inner_html=headers></a></li>
                    <li><a href="#try" data-act="curl" aria-current=current(state, Part::Curl)>"As curl"</a></li>
                </ul></nav>
                <button class="button copy" data-kind="quiet" data-size="small-icon" type="button" data-copy="" aria-label="Copy what is shown">
                    <svg class="icon" aria-hidden="true"><use href=copy></use></svg>
                </button>
            </header>
            <pre tabindex="0" role="region" aria-label=name hidden=is_hidden><code inner_html=content></code></pre>
            <p class="muted" inner_html=note></p>
        </div>
    }
}

fn current(state: State, part: Part) -> Signal<Option<String>> {
    Signal::derive(move || (state.part.get() == part).then(|| "page".to_owned()))
}

fn name(part: Part) -> &'static str {
    match part {
        Part::Body => "Body of the answer",
        Part::Headers => "Headers of the answer",
        Part::Curl => "The call for the command line",
    }
}

fn html(state: State) -> String {
    match state.part.get() {
        Part::Body => state.body.with(|body| body.html.clone()),
        Part::Curl => state.curl.with(|curl| escaped(curl)),
        Part::Headers => state.head.with(|head| {
            let mut lines = String::new();
            for (name, value) in head.iter().flat_map(|head| &head.headers) {
                lines.push_str(&escaped(name));
                lines.push_str(": ");
                lines.push_str(&escaped(value));
                lines.push('\n');
            }
            lines
        }),
    }
}

/// Why not all of it is shown, and the way to all of it.
fn note(state: State) -> String {
    if state.part.get() != Part::Body {
        return String::new();
    }
    state.body.with(|body| {
        if body.bytes == 0 {
            return "No body.".to_owned();
        }
        let mut note = body.note.to_owned();
        if let Some((address, name)) = &body.file {
            let (address, name) = (escaped(address), escaped(name));
            note.push_str(&format!(
                " <a href=\"{address}\" download=\"{name}\">Save {name}</a>"
            ));
        }
        note
    })
}

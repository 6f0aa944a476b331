//! What came of the call: how it stands, the facts, and its parts.
//!
//! Much of it is markup in signals of one type: views with a type of their own each would make the client twice as large.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::{Element, HtmlFormElement};

use super::json::escaped;
use super::limits;
use super::parts::{Part, parts};
use super::state::{Stage, State};

/// Below the form.
pub(super) fn answer(state: State, icons: String) -> impl IntoView + use<> {
    let icons = StoredValue::new(icons);
    let stage = Signal::derive(move || words(&state.stage.get()).to_owned());
    let is_quiet = Signal::derive(move || words(&state.stage.get()).is_empty());
    let notice = Signal::derive(move || notice(state, &icons.get_value()));
    let countdown = Signal::derive(move || countdown(state));
    let facts = Signal::derive(move || facts(state));
    let is_empty = Signal::derive(move || state.head.with(Option::is_none));
    view! {
        <div class="tried" on:click=move |event| click(state, &event)>
            <div class="row progress" hidden=is_quiet>
                <span class="muted" role="status" inner_html=stage></span>
                <button type="button" class="button" data-kind="plain" data-size="small" data-act="cancel">"Cancel"</button>
            </div>
            <div role="alert" inner_html=notice></div>
            <p role="timer" inner_html=countdown></p>
            <div class="result" hidden=is_empty>
                <dl class="result-facts" inner_html=facts></dl>
                {parts(state, &icons.get_value())}
            </div>
        </div>
    }
}

/// What a press on one of the buttons and tabs does.
fn click(state: State, event: &web_sys::MouseEvent) {
    let element = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .and_then(|element| element.closest("[data-act]").ok().flatten());
    let Some(element) = element else { return };
    event.prevent_default();
    match element.get_attribute("data-act").as_deref() {
        Some("cancel") => state.cancel(),
        Some("relay") => relay(&element),
        Some("headers") => state.part.set(Part::Headers),
        Some("curl") => state.part.set(Part::Curl),
        _ => state.part.set(Part::Body),
    }
}

/// Sends the form as a page without scripts would: the portal calls the gateway.
fn relay(button: &Element) {
    let form = button
        .closest(".try")
        .ok()
        .flatten()
        .and_then(|section| section.query_selector("form").ok().flatten())
        .and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
    if let Some(form) = form {
        // Only a form that is no longer in the page is refused.
        drop(form.submit());
    }
}

fn words(stage: &Stage) -> &'static str {
    match stage {
        Stage::Preparing => "Preparing the call",
        Stage::Waiting => "Waiting for the answer",
        Stage::Receiving => "Receiving",
        Stage::Quiet | Stage::Failed(_) => "",
    }
}

/// Why there is no answer, or the gateway's own words for its refusal.
fn notice(state: State, icons: &str) -> String {
    if let Stage::Failed(failure) = state.stage.get() {
        let relay = if failure.may_relay() {
            "<p><button type=\"button\" class=\"button\" data-kind=\"plain\" data-act=\"relay\">Send it through the portal</button></p>"
        } else {
            ""
        };
        let text = escaped(&failure.text());
        return boxed(icons, failure.title(), &format!("<p>{text}</p>{relay}"));
    }
    let Some(refusal) = state.body.with(|body| body.refusal.clone()) else {
        return String::new();
    };
    let (detail, page) = (escaped(&refusal.detail), escaped(&refusal.page));
    let text = format!("<p>{detail} <a href=\"{page}\">What this means</a></p>");
    boxed(icons, &escaped(&refusal.title), &text)
}

fn boxed(icons: &str, title: &str, text: &str) -> String {
    format!(
        "<div class=\"notice\" data-tone=\"bad\"><svg class=\"icon\" aria-hidden=\"true\"><use href=\"{icons}#alert\"/></svg><div><strong>{title}</strong>{text}</div></div>"
    )
}

/// How long to wait after too many calls.
fn countdown(state: State) -> String {
    let is_limited = state
        .head
        .with(|head| head.as_ref().is_some_and(|head| limits::wait(head) > 0));
    match state.wait.get() {
        _ if !is_limited => String::new(),
        0 => "The next call may be sent now.".to_owned(),
        1 => "The next call may be sent in 1 second.".to_owned(),
        left => format!("The next call may be sent in {left} seconds."),
    }
}

/// Status, time, size, and what is left.
fn facts(state: State) -> String {
    let Some(head) = state.head.get() else {
        return String::new();
    };
    let (milliseconds, bytes) = state.body.with(|body| (body.milliseconds, body.bytes));
    let status = head.status;
    let class = status / 100;
    let reason = escaped(&head.reason);
    let mut facts = fact(
        "Status",
        &format!("<span class=\"http\" data-class=\"{class}\">{status}</span> {reason}"),
    );
    facts.push_str(&fact("Time", &format!("{milliseconds} ms")));
    facts.push_str(&fact("Size", &size(bytes)));
    for left in limits::left(&head) {
        facts.push_str(&fact(&escaped(&left.label), &left.words));
    }
    facts
}

fn fact(name: &str, value: &str) -> String {
    format!("<div><dt>{name}</dt><dd>{value}</dd></div>")
}

/// A number of bytes for people.
fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_250), "1.2 kB");
        assert_eq!(size(33_554_432), "33.5 MB");
    }
}

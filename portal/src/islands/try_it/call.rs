//! One call from the button to the last byte.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortController, Blob, BlobPropertyBag, HtmlElement, HtmlFormElement, Url};

use super::failure::{Failure, sentence};
use super::gateway::{self, Pieces};
use super::json;
use super::limits;
use super::portal::{self, Prepared};
use super::state::{Body, Head, Refusal, Stage, State};

/// The most that is shown of a body, in bytes.
const SHOWN: usize = 256 << 10;
/// The most that is kept of one; what is longer is cut off there.
const KEPT: usize = 32 << 20;

/// Sends what the form holds; a call that is still running ends.
pub(super) fn start(state: State, form: HtmlFormElement) {
    state.cancel();
    let Ok(running) = AbortController::new() else {
        return;
    };
    state.running.set_value(Some(running.clone()));
    forget(state, &form);
    spawn_local(async move {
        let ended = run(state, &form, &running).await;
        // What another call has taken over is no longer ours to tell.
        let is_ours = state
            .running
            .with_value(|now| now.as_ref() == Some(&running));
        let is_cancelled = running.signal().aborted();
        if !is_ours && state.running.with_value(Option::is_some) {
            return;
        }
        let stage = match ended {
            _ if is_cancelled => Stage::Failed(Failure::Cancelled),
            Ok(()) => Stage::Quiet,
            Err(failure) => {
                if let Failure::Form(wrong) = &failure {
                    show_wrong(&form, wrong);
                }
                Stage::Failed(failure)
            }
        };
        state.running.set_value(None);
        state.stage.set(stage);
    });
}

/// Brings the samples up to what the form holds.
pub(super) fn follow(state: State, form: HtmlFormElement) {
    spawn_local(async move {
        if let Some(samples) = portal::samples(&state.address(), &form).await {
            show_samples(&samples);
        }
    });
}

async fn run(
    state: State,
    form: &HtmlFormElement,
    running: &AbortController,
) -> Result<(), Failure> {
    state.stage.set(Stage::Preparing);
    let prepared = portal::prepare(&state.address(), form, &running.signal()).await?;
    show_samples(&prepared.samples);
    state.curl.set(portal::text(&prepared.samples, "curl"));
    state.stage.set(Stage::Waiting);
    let begun = now();
    let (head, pieces) = gateway::send(&prepared, &running.signal(), &state.gateway()).await?;
    state.body.update(|body| body.milliseconds = since(begun));
    count_down(state, limits::wait(&head));
    state.head.set(Some(head.clone()));
    state.stage.set(Stage::Receiving);
    let received = receive(state, &head, &pieces, begun).await;
    let is_whole = received.is_ok();
    let (bytes, is_cut) = received.unwrap_or_else(|bytes| (bytes, false));
    if is_cut {
        pieces.stop();
    }
    finish(state, &head, &prepared, &bytes, is_cut);
    if is_whole {
        Ok(())
    } else {
        Err(Failure::BrokeOff)
    }
}

/// Reads the body and shows it as it comes. What had come when it broke off is in the error.
async fn receive(
    state: State,
    head: &Head,
    pieces: &Pieces,
    begun: f64,
) -> Result<(Vec<u8>, bool), Vec<u8>> {
    let is_text = is_text(head);
    let mut bytes: Vec<u8> = Vec::new();
    loop {
        let piece = match pieces.next().await {
            Ok(Some(piece)) => piece,
            Ok(None) => return Ok((bytes, false)),
            Err(()) => return Err(bytes),
        };
        let shown = bytes.len().min(SHOWN);
        bytes.extend_from_slice(&piece);
        state.body.update(|body| {
            body.bytes = bytes.len();
            body.milliseconds = since(begun);
            if is_text && shown < SHOWN {
                let text = String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN)]);
                body.html = json::escaped(&text);
            }
        });
        if bytes.len() > KEPT {
            return Ok((bytes, true));
        }
    }
}

/// Once all of it is here: JSON is laid out, and the rest can be saved.
fn finish(state: State, head: &Head, prepared: &Prepared, bytes: &[u8], is_cut: bool) {
    let is_readable = is_text(head) || (!bytes.is_empty() && sniffed(bytes));
    let text = is_readable.then(|| String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN)]));
    let laid_out = text.as_deref().and_then(json::highlighted);
    let is_long = bytes.len() > SHOWN;
    let note = match (&text, is_long, is_cut) {
        (_, _, true) => "It is longer than 32 MB; the rest was not fetched.",
        (Some(_), true, _) => "Only the first 256 KB are shown.",
        (None, ..) if !bytes.is_empty() => "It is no text.",
        _ => "",
    };
    let file = match note.is_empty() {
        true => None,
        false => keep(head, prepared, bytes),
    };
    let refusal = text.as_deref().and_then(|text| refusal(head, text));
    state.body.update(|body| {
        body.bytes = bytes.len();
        body.html = match (laid_out, &text) {
            (Some(html), _) => html,
            (None, Some(text)) => json::escaped(text),
            (None, None) => String::new(),
        };
        body.note = note;
        body.file = file;
        body.refusal = refusal;
    });
}

fn media_type(head: &Head) -> String {
    let whole = head.header("content-type").unwrap_or_default();
    let kind = whole.split(';').next().unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}

fn is_text(head: &Head) -> bool {
    let kind = media_type(head);
    const WORDS: [&str; 7] = [
        "json",
        "xml",
        "yaml",
        "javascript",
        "x-www-form",
        "graphql",
        "x-ndjson",
    ];
    kind.starts_with("text/") || WORDS.iter().any(|word| kind.contains(word))
}

/// Whether bytes without a telling type are text.
fn sniffed(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(1024)];
    let is_utf8 = match std::str::from_utf8(start) {
        Ok(_) => true,
        // The cut may be within a letter.
        Err(error) => error.error_len().is_none() && error.valid_up_to() > 0,
    };
    is_utf8 && !start.contains(&0)
}

/// The gateway's own refusals lead to the portal's page about them.
fn refusal(head: &Head, text: &str) -> Option<Refusal> {
    if head.status < 400 || media_type(head) != "application/problem+json" {
        return None;
    }
    let problem = js_sys::JSON::parse(text).ok()?;
    let kind = portal::text(&problem, "type");
    let origin = web_sys::window()?.location().origin().ok()?;
    let page = kind.strip_prefix(&origin)?;
    page.starts_with("/errors/").then(|| Refusal {
        title: portal::text(&problem, "title"),
        detail: sentence(&portal::text(&problem, "detail")),
        page: page.to_owned(),
    })
}

/// Hands the bytes to the browser, to be saved.
fn keep(head: &Head, prepared: &Prepared, bytes: &[u8]) -> Option<(String, String)> {
    let kind = media_type(head);
    let options = BlobPropertyBag::new();
    options.set_type("application/octet-stream");
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()?;
    let address = Url::create_object_url_with_blob(&blob).ok()?;
    let path = prepared.url.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().filter(|last| !last.is_empty());
    let mut name = last.unwrap_or("answer").to_owned();
    if !name.contains('.') {
        let end = kind.rsplit(['/', '+']).next().unwrap_or_default();
        name.push('.');
        name.push_str(if end.is_empty() || end == "octet-stream" {
            "bin"
        } else {
            end
        });
    }
    Some((address, name))
}

/// Clears what the last call left.
fn forget(state: State, form: &HtmlFormElement) {
    if let Some((address, _)) = state.body.with_untracked(|body| body.file.clone()) {
        // Only a malformed address is refused, and this one is the browser's own.
        drop(Url::revoke_object_url(&address));
    }
    state.head.set(None);
    state.body.set(Body::default());
    state.wait.set(0);
    show_wrong(form, &[]);
    let document = form.owner_document();
    let relayed = document.and_then(|all| all.query_selector("[data-relayed]").ok().flatten());
    if let Some(relayed) = relayed {
        relayed.remove();
    }
}

/// Says beside each field what is wrong with it, and goes to the first.
fn show_wrong(form: &HtmlFormElement, wrong: &[(String, String)]) {
    let mut first = None;
    let fields = form.elements();
    for index in 0..fields.length() {
        let Some(field) = fields.item(index) else {
            continue;
        };
        let name = field.get_attribute("name").unwrap_or_default();
        let Some(parent) = field.closest(".field").ok().flatten() else {
            continue;
        };
        if let Ok(Some(before)) = parent.query_selector(".error") {
            before.remove();
        }
        let message = wrong.iter().find(|(field, _)| *field == name);
        // Attributes that are written here have no name that a browser refuses.
        drop(match message {
            Some(_) => field.set_attribute("aria-invalid", "true"),
            None => field.remove_attribute("aria-invalid"),
        });
        let Some((_, message)) = message else {
            continue;
        };
        let document = form.owner_document();
        let note = document.and_then(|document| document.create_element("p").ok());
        if let Some(note) = note {
            note.set_class_name("error");
            note.set_text_content(Some(&sentence(message)));
            drop(parent.append_child(&note));
        }
        if first.is_none() {
            first = field.dyn_into::<HtmlElement>().ok();
        }
    }
    if let Some(first) = first {
        drop(first.focus());
    }
}

/// The samples beside the reference follow the form.
fn show_samples(samples: &JsValue) {
    let document = web_sys::window().and_then(|window| window.document());
    let Some(panels) = document.and_then(|all| all.query_selector_all("[data-panel]").ok()) else {
        return;
    };
    for index in 0..panels.length() {
        let panel = panels.item(index);
        let Some(panel) = panel.and_then(|node| node.dyn_into::<web_sys::Element>().ok()) else {
            continue;
        };
        let language = panel.get_attribute("data-panel").unwrap_or_default();
        let sample = portal::text(samples, &language);
        if let (false, Ok(Some(code))) = (sample.is_empty(), panel.query_selector("code")) {
            code.set_text_content(Some(&sample));
        }
    }
}

/// Counts the seconds down until the next call may be sent.
fn count_down(state: State, seconds: u32) {
    let end = now() + f64::from(seconds) * 1000.0;
    state.wait.set(seconds);
    state.until.set_value(end);
    if seconds > 0 {
        tick(state, end);
    }
}

fn tick(state: State, end: f64) {
    let again = move || {
        let is_over = state.wait.get_untracked() == 0;
        if is_over || state.until.get_value().total_cmp(&end).is_ne() {
            return;
        }
        // A clock that stood still while the page slept is caught up with.
        let left = ((end - now()) / 1000.0).ceil().max(0.0);
        state.wait.set(left as u32);
        tick(state, end);
    };
    set_timeout(again, std::time::Duration::from_secs(1));
}

/// Milliseconds since a moment of [`now`].
fn since(moment: f64) -> u32 {
    (now() - moment).max(0.0).round() as u32
}

/// Milliseconds by a clock that never jumps.
fn now() -> f64 {
    let performance = web_sys::window().and_then(|window| window.performance());
    performance.map_or(0.0, |clock| clock.now())
}

//! `/applications/{id}/keys/{key}`: rotating a key, giving it more time, taking it back.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;
use operations::credentials::{self, Key, KeyState, Overlap};
use operations::oauth::client::ClientFacts;
use store::applications::Line;

use super::plate::Plate;
use super::{Tab, framed, id, keys, read};
use crate::components::icon::icon;
use crate::components::moment::exact;
use crate::failure::PageError;
use crate::form::{Submitted, lead_to};
use crate::page::Page;
use crate::pages::gate::wrong;
use crate::pages::typed::Typed;

/// For how long the old key is taken: the word in the form, what it means, the words for people.
const OVERLAPS: [(&str, Overlap, &str); 5] = [
    ("now", Overlap::Now, "Not at all: it stops at once"),
    ("hour", Overlap::Hour, "1 hour"),
    ("day", Overlap::Day, "24 hours"),
    ("week", Overlap::Week, "7 days"),
    (
        "until_revoked",
        Overlap::UntilRevoked,
        "Until it is revoked",
    ),
];

/// The page with what can be done to the key.
pub(crate) async fn get(
    page: Page,
    Path((application, key)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let (line, key) = find(&page, &application, &key).await?;
    Ok(draw(&page, StatusCode::OK, &line, &key, &Typed::default()))
}

/// Makes the key that takes this one's place, and shows it once.
pub(crate) async fn rotate(
    page: Page,
    Path((application, key)): Path<(String, String)>,
    Submitted(typed): Submitted<Typed>,
) -> Result<Response, PageError> {
    let (line, key) = find(&page, &application, &key).await?;
    let (platform, overlap) = (&page.portal.platform, overlap(&typed)?);
    let label = typed.text("label");
    let label = Some(label.as_str()).filter(|label| !label.is_empty());
    let seen = Some(typed.version()?);
    match credentials::rotate(platform, &page.actor, key.line.id, seen, overlap, label).await {
        Ok(shown) => {
            let plate = Plate::of(&page, &line, &shown).await?.view();
            let empty = Typed::default();
            keys::draw(&page, StatusCode::CREATED, &line, Some(plate), &empty).await
        }
        Err(error) => again(&page, &line, &key, typed.refused(error)?),
    }
}

/// Gives a replaced key more time.
pub(crate) async fn extend(
    page: Page,
    Path((application, key)): Path<(String, String)>,
    Submitted(typed): Submitted<Typed>,
) -> Result<Response, PageError> {
    let (line, key) = find(&page, &application, &key).await?;
    let (platform, overlap) = (&page.portal.platform, overlap(&typed)?);
    let seen = Some(typed.version()?);
    match credentials::extend(platform, &page.actor, key.line.id, seen, overlap).await {
        Ok(()) => Ok(lead_to(&format!("/applications/{}?told=extended", line.id))),
        Err(error) => again(&page, &line, &key, typed.refused(error)?),
    }
}

/// Takes the key back, when its last four characters were typed.
pub(crate) async fn revoke(
    page: Page,
    Path((application, key)): Path<(String, String)>,
    Submitted(mut typed): Submitted<Typed>,
) -> Result<Response, PageError> {
    let (line, key) = find(&page, &application, &key).await?;
    if typed.text("last_four") != key.hint.last_four {
        let message = format!("must be the last four characters: {}", key.hint.last_four);
        typed.wrong("last_four", &message);
        return again(&page, &line, &key, typed);
    }
    let platform = &page.portal.platform;
    match credentials::revoke(platform, &page.actor, key.line.id, None, "").await {
        Ok(()) => Ok(lead_to(&format!("/applications/{}?told=revoked", line.id))),
        Err(error) => again(&page, &line, &key, typed.refused(error)?),
    }
}

async fn find(page: &Page, application: &str, key: &str) -> Result<(Line, Key), PageError> {
    let line = read(page, application).await?;
    let key = credentials::find(&page.portal.platform, &page.actor, id(key)?).await?;
    if key.line.application_id == line.id {
        Ok((line, key))
    } else {
        Err(PageError::NotFound)
    }
}

fn overlap(typed: &Typed) -> Result<Overlap, PageError> {
    let word = typed.get("overlap");
    OVERLAPS
        .iter()
        .find(|(name, ..)| *name == word)
        .map(|(_, overlap, _)| *overlap)
        .ok_or_else(|| PageError::Unreadable(format!("`{word}` is no overlap")))
}

fn again(page: &Page, line: &Line, key: &Key, typed: Typed) -> Result<Response, PageError> {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(draw(page, status, line, key, &typed))
}

fn draw(page: &Page, status: StatusCode, line: &Line, key: &Key, typed: &Typed) -> Response {
    let now = page.portal.platform.now();
    page.draw(status, &key.line.label, || {
        let ends = key.line.expires_at.map(exact);
        let content = view! {
            {wrong(typed, &[("last_four", "Last four characters")])}
            <section class="section">
                <header><h2>{key.line.label.clone()}</h2><p><a href=format!("/applications/{}", line.id)>"All keys"</a></p></header>
                <dl class="facts" data-ruled="">
                    <div><dt>"Key"</dt><dd><span class="mono">{key.hint.to_string()}</span></dd></div>
                    {client(key)}
                    <div><dt>"State"</dt><dd>{keys::standing(key, now)}</dd></div>
                    <div><dt>"Ends"</dt><dd>{ends.unwrap_or_else(|| "when it is revoked".to_owned())}</dd></div>
                </dl>
            </section>
            {forms(key, typed)}
        };
        framed(line, Tab::Keys, content.into_any())
    })
}

/// What there is to know of an OAuth client: its id, and where people go back to.
fn client(key: &Key) -> Option<AnyView> {
    let facts: ClientFacts = serde_json::from_value(key.line.facts.0.clone()).ok()?;
    let kind = if facts.confidential {
        "with a secret"
    } else {
        "without a secret"
    };
    let back = match facts.redirect_uris.as_slice() {
        [] => "nowhere: it acts for itself".to_owned(),
        addresses => addresses.join(", "),
    };
    Some(
        view! {
            <div><dt>"Client id"</dt><dd><span class="mono">{facts.client_id}</span></dd></div>
            <div><dt>"Client"</dt><dd>{kind}</dd></div>
            <div><dt>"People go back to"</dt><dd class="mono">{back}</dd></div>
        }
        .into_any(),
    )
}

fn forms(key: &Key, typed: &Typed) -> AnyView {
    let base = format!(
        "/applications/{}/keys/{}",
        key.line.application_id, key.line.id
    );
    let version = key.line.version.to_string();
    match key.state {
        KeyState::Active => {
            let text = "A new key takes its place, with the same label and as long a life. Put it where the old one is, within the overlap.";
            let button = view! { {icon("rotate")}"Make the new key" }.into_any();
            view! {
                {overlapping(format!("{base}/rotate"), version, ("Rotate", text), true, button)}
                {revoking(&base, key, typed)}
            }
            .into_any()
        }
        KeyState::Rotating => {
            let button = view! { {icon("clock")}"Extend" }.into_any();
            view! {
                {overlapping(format!("{base}/extend"), version, ("More time", "Counted from now."), false, button)}
                {revoking(&base, key, typed)}
            }
            .into_any()
        }
        KeyState::Expired | KeyState::Revoked => view! {
            <p class="muted">"This key is not taken any more, and cannot be brought back."</p>
        }
        .into_any(),
    }
}

/// A form that asks how long the old key is taken.
fn overlapping(
    action: String,
    version: String,
    (title, text): (&'static str, &'static str),
    with_now: bool,
    button: AnyView,
) -> AnyView {
    view! {
        <form method="post" action=action>
            <input type="hidden" name="version" value=version/>
            <section class="form-section">
                <header><h2>{title}</h2><p>{text}</p></header>
                <div class="fields">{overlaps(with_now)}</div>
            </section>
            <div class="form-foot"><button class="button" data-kind="primary" type="submit">{button}</button></div>
        </form>
    }
    .into_any()
}

fn overlaps(with_now: bool) -> AnyView {
    let options: Vec<_> = OVERLAPS
        .iter()
        .filter(|(_, overlap, _)| with_now || *overlap != Overlap::Now)
        .map(|&(value, _, words)| view! { <option value=value selected={value == "day"}>{words}</option> })
        .collect();
    view! { <div class="field"><label for="overlap">"The old key is taken for"</label><select class="select" id="overlap" name="overlap">{options}</select></div> }
        .into_any()
}

fn revoking(base: &str, key: &Key, typed: &Typed) -> AnyView {
    let error = typed.error("last_four");
    let invalid = error.is_some().then_some("true");
    let error = error
        .map(|text| view! { <p class="error" id="last_four-error">{icon("alert")}<span>{text}</span></p> });
    let label = format!("Type the last four characters: {}", key.hint.last_four);
    view! {
        <form method="post" action=format!("{base}/revoke") novalidate="">
            <section class="form-section">
                <header><h2>"Revoke"</h2><p>"Calls with it are refused within a second, everywhere and for good."</p></header>
                <div class="fields"><div class="field">
                    <label for="last_four">{label}</label>
                    <input class="input mono" id="last_four" name="last_four" type="text" autocomplete="off" spellcheck="false" maxlength="4" aria-invalid=invalid aria-describedby=invalid.map(|_| "last_four-error")/>
                    {error}
                </div></div>
            </section>
            <div class="form-foot"><button class="button" data-kind="danger" type="submit">{icon("key-off")}"Revoke the key"</button></div>
        </form>
    }
    .into_any()
}

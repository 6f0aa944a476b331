//! The keys of an application: those there are, and a new one, which is shown once.

use std::time::Duration;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use charts::format::counted;
use domain::Timestamp;
use domain::credential::CredentialKind;
use leptos::prelude::*;
use operations::credentials::{self, Key, KeyState, NewKey};
use store::applications::Line;

use super::plate::Plate;
use super::{Tab, framed, read};
use crate::components::field::{Field, field};
use crate::components::icon::icon;
use crate::components::moment::{exact, moment};
use crate::components::notice::notice;
use crate::components::state::{Tone, state};
use crate::failure::PageError;
use crate::form::{Asked, Submitted};
use crate::page::Page;
use crate::pages::gate::wrong;
use crate::pages::typed::Typed;

const DAY: Duration = Duration::from_secs(86_400);
/// How long a new key may live: days, and the words.
const LIVES: [(&str, &str); 4] = [
    ("", "Until it is revoked"),
    ("30", "30 days"),
    ("90", "90 days"),
    ("365", "One year"),
];

/// `GET /applications/{id}`
pub(crate) async fn get(
    page: Page,
    Path(id): Path<String>,
    Asked(query): Asked<Typed>,
) -> Result<Response, PageError> {
    let line = read(&page, &id).await?;
    let told = told(query.get("told"));
    draw(&page, StatusCode::OK, &line, told, &Typed::default()).await
}

/// `POST /applications/{id}/keys`: the answer is the only page that ever shows the key.
pub(crate) async fn make(
    page: Page,
    Path(id): Path<String>,
    Submitted(typed): Submitted<Typed>,
) -> Result<Response, PageError> {
    let line = read(&page, &id).await?;
    let platform = &page.portal.platform;
    let days = typed.get("days").parse::<u32>().ok();
    let new = NewKey {
        application: line.id,
        label: typed.text("label"),
        expires_at: days.map(|days| platform.now() + DAY * days),
    };
    match credentials::create(platform, &page.actor, &new).await {
        Ok(shown) => {
            let plate = Plate::of(&page, &line, &shown).await?.view();
            draw(
                &page,
                StatusCode::CREATED,
                &line,
                Some(plate),
                &Typed::default(),
            )
            .await
        }
        Err(error) => {
            let typed = typed.refused(error)?;
            draw(&page, StatusCode::UNPROCESSABLE_ENTITY, &line, None, &typed).await
        }
    }
}

/// The page of the keys, with something above them.
pub(super) async fn draw(
    page: &Page,
    status: StatusCode,
    line: &Line,
    above: Option<AnyView>,
    typed: &Typed,
) -> Result<Response, PageError> {
    let platform = &page.portal.platform;
    let keys = credentials::of_application(platform, &page.actor, line.id).await?;
    let now = platform.now();
    Ok(page.draw(status, line.name.as_str(), || {
        let content = view! {
            {above}
            <section class="section">
                <header><h2>"Keys"</h2><p>"All of them open the same subscriptions. Give each machine its own, so that one can go without the others."</p></header>
                {table(&keys, now)}
            </section>
            {new_key(line, typed)}
            {clients(line)}
        };
        framed(line, Tab::Keys, content.into_any())
    }))
}

/// Where a key stands, as people read it.
pub(super) fn standing(key: &Key, now: Timestamp) -> AnyView {
    let soon = key.line.expires_at.is_some_and(|end| end <= now + DAY * 14);
    match key.state {
        KeyState::Active if soon => state(Tone::Warn, "clock", "Expires soon"),
        KeyState::Active => state(Tone::Good, "check-circle", "Active"),
        KeyState::Rotating => state(Tone::Info, "rotate", "Rotating"),
        KeyState::Expired => state(Tone::Bad, "key-off", "Expired"),
        KeyState::Revoked => state(Tone::Bad, "key-off", "Revoked"),
    }
}

fn told(word: &str) -> Option<AnyView> {
    let (title, text) = match word {
        "made" => (
            "The application is made",
            "Now a key, and a subscription to an API.",
        ),
        "subscribed" => (
            "The subscription is in force",
            "Every key of this application opens it.",
        ),
        "revoked" => (
            "The key is revoked",
            "Calls with it are refused within a second, everywhere.",
        ),
        "extended" => ("The overlap is longer", "The old key is taken until then."),
        _ => return None,
    };
    Some(notice(Tone::Good, "check-circle", title, text))
}

fn table(keys: &[Key], now: Timestamp) -> AnyView {
    if keys.is_empty() {
        return view! {
            <div class="empty">{icon("key")}<h2>"No key yet"</h2><p>"A key is what a program shows with each call. The first one is made below, and shown once."</p></div>
        }
        .into_any();
    }
    let rows: Vec<_> = keys.iter().map(|key| row(key, keys, now)).collect();
    view! {
        <div class="table-frame"><table class="table" data-stack="">
            <thead><tr><th scope="col">"Key"</th><th scope="col">"State"</th><th scope="col">"Made"</th><th scope="col">"Last used"</th><th scope="col">"Expires"</th><th scope="col"><span class="visually-hidden">"Actions"</span></th></tr></thead>
            <tbody>{rows}</tbody>
        </table></div>
    }
    .into_any()
}

fn row(key: &Key, keys: &[Key], now: Timestamp) -> AnyView {
    let line = &key.line;
    let is_live = matches!(key.state, KeyState::Active | KeyState::Rotating);
    let successor = keys
        .iter()
        .find(|other| other.line.id == line.replaced_by)
        .map(|other| format!("replaced by {} {}", other.line.label, other.hint));
    let used = line.last_used_at.map_or_else(
        || view! { <span class="muted">"not yet"</span> }.into_any(),
        |at| moment(at, now),
    );
    let calls = key.calls_last_hour.filter(|&calls| calls > 0).map(|calls| {
        let calls = counted(calls.unsigned_abs(), "call");
        view! { <span class="sub">{format!("{calls} in the last hour")}</span> }
    });
    let (end_label, end) = match (key.state, line.revoked_at, line.expires_at) {
        (KeyState::Revoked, Some(at), _) => ("Ended", moment(at, now)),
        (_, _, Some(at)) => ("Expires", moment(at, now)),
        _ => (
            "Expires",
            view! { <span class="muted">"never"</span> }.into_any(),
        ),
    };
    let by = match (key.state, line.revoked_by_name.as_str()) {
        (KeyState::Revoked, name) if !name.is_empty() => Some(format!("by {name}")),
        (KeyState::Rotating, _) => line.expires_at.map(exact),
        _ => None,
    };
    let actions = is_live.then(|| {
        let href = format!("/applications/{}/keys/{}", line.application_id, line.id);
        let (name, words) = match key.state {
            KeyState::Rotating => ("clock", "Extend or stop"),
            _ => ("rotate", "Rotate or revoke"),
        };
        let label = format!("{words} {}", line.label);
        view! { <a class="button" data-size="small" href=href aria-label=label>{icon(name)}{words}</a> }
    });
    let class = (!is_live).then_some("gone");
    let is_client = line.kind == CredentialKind::OauthClient;
    view! {
        <tr class=class>
            <th scope="row">{line.label.clone()}<span class="sub mono">{key.hint.to_string()}</span>{is_client.then(|| view! { <span class="sub">"OAuth client"</span> })}</th>
            <td data-label="State">{standing(key, now)}{successor.map(|text| view! { <span class="sub">{text}</span> })}</td>
            <td data-label="Made">{moment(line.created_at, now)}<span class="sub">{format!("by {}", line.created_by_name)}</span></td>
            <td data-label="Last used">{used}{calls}</td>
            <td data-label=end_label>{end}{by.map(|text| view! { <span class="sub">{text}</span> })}</td>
            <td class="actions">{actions}</td>
        </tr>
    }
    .into_any()
}

fn clients(line: &Line) -> AnyView {
    let href = format!("/applications/{}/clients/new", line.id);
    view! {
        <section class="section">
            <header><h2>"OAuth clients"</h2><p>"For APIs that take access tokens: programs that act for people who consent, or that should not keep a key."</p></header>
            <p><a class="button" href=href>{icon("plus")}"New OAuth client"</a></p>
        </section>
    }
    .into_any()
}

fn new_key(line: &Line, typed: &Typed) -> AnyView {
    let label = Field {
        name: "label",
        label: "Label",
        kind: "text",
        autocomplete: "off",
        value: typed.text("label"),
        hint: Some("Where it will live: “Production”, “Warehouse scanner”."),
        error: typed.error("label"),
        ..Field::default()
    };
    let chosen = typed.text("days");
    let lives: Vec<_> = LIVES
        .iter()
        .map(|&(value, words)| view! { <option value=value selected={value == chosen}>{words}</option> })
        .collect();
    let action = format!("/applications/{}/keys", line.id);
    view! {
        <form method="post" action=action novalidate="" id="new-key">
            {wrong(typed, &[("label", "Label")])}
            <section class="form-section">
                <header><h2>"New key"</h2><p>"It is shown once, right after it is made. Only a fingerprint of it is kept."</p></header>
                <div class="fields">
                    {field(label)}
                    <div class="field"><label for="days">"Expires after"</label><select class="select" id="days" name="days">{lives}</select></div>
                </div>
            </section>
            <div class="form-foot"><button class="button" data-kind="primary" type="submit">{icon("plus")}"Make the key"</button></div>
        </form>
    }
    .into_any()
}

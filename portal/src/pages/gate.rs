//! The pages before one is in: sign-in, sign-up, links from mails, and the way out.

pub(crate) mod forgotten;
pub(crate) mod password;
pub(crate) mod provider;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod sign_up;
pub(crate) mod verify;

use axum::http::StatusCode;
use axum::response::Response;
use domain::account::Face;
use leptos::prelude::*;
use operations::sign_in::{Opened, providers};

use super::typed::{Typed, sentence};
use crate::components::icon::icon;
use crate::components::notice::{form_errors, notice};
use crate::components::state::Tone;
use crate::failure::PageError;
use crate::form::is_own;
use crate::page::Page;

/// In: the cookie, and on to where the person was going.
fn in_with(page: &Page, opened: &Opened, next: &str) -> Response {
    faces::sign_in::let_in(&page.portal, opened, here(next))
}

/// Where to go on: a path of this portal, or one's applications.
fn here(next: &str) -> &str {
    if is_own(next) { next } else { "/applications" }
}

/// The path to go on with, as queries and forms carry it.
fn next_of(typed: &Typed) -> String {
    match typed.get("next") {
        "" => typed.text("return"),
        next => next.to_owned(),
    }
}

/// A page of the gate that keeps where the person was going.
fn keeping(path: &str, next: &str) -> String {
    if !is_own(next) {
        return path.to_owned();
    }
    let query = serde_html_form::to_string([("next", next)]).unwrap_or_default();
    let separator = if path.contains('?') { '&' } else { '?' };
    format!("{path}{separator}{query}")
}

/// Counts one try at something that can be guessed.
fn throttled(page: &Page, subject: &str) -> Result<(), PageError> {
    let ip = &page.actor.request.ip;
    page.portal
        .throttle
        .check(ip, subject)
        .map_err(|wait| PageError::TooMany {
            seconds: wait.0.as_secs().max(1),
        })
}

/// A form with a column of notes beside it.
pub(in crate::pages) fn two_columns(
    title: &str,
    below: AnyView,
    form: AnyView,
    notes: AnyView,
) -> AnyView {
    let title = title.to_owned();
    view! {
        <div class="gate">
            <div><h1>{title}</h1>{below}{form}</div>
            <aside class="notes">{notes}</aside>
        </div>
    }
    .into_any()
}

/// What is wrong with a form: fields first, then what belongs to none.
pub(in crate::pages) fn wrong(typed: &Typed, labels: &[(&'static str, &str)]) -> AnyView {
    let list = typed.list(labels);
    let shown: Vec<&str> = labels.iter().map(|(name, _)| *name).collect();
    let beside: Vec<_> = typed
        .beside(&shown)
        .into_iter()
        .map(|text| notice(Tone::Bad, "alert", "That did not work", &text))
        .collect();
    let list: Vec<(&str, &str)> = list
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    view! { {beside}{form_errors(&list)} }.into_any()
}

/// The buttons of those who can say who a person is; nothing without any.
fn provider_buttons(page: &Page, next: &str) -> Option<AnyView> {
    let offers = providers::offered(&page.portal.platform, Face::Portal);
    if offers.is_empty() {
        return None;
    }
    let query = serde_html_form::to_string([("next", next)]).unwrap_or_default();
    let buttons: Vec<_> = offers
        .into_iter()
        .map(|offer| {
            let href = format!("/sign-in/{}?{query}", offer.slug);
            let words = format!("Continue with {}", offer.label);
            view! { <a class="button" href=href>{icon("lock")}{words}</a> }
        })
        .collect();
    Some(
        view! { <div class="or">"or"</div><div class="stack providers">{buttons}</div> }.into_any(),
    )
}

/// The steps from nothing to a key; `at` is the one that is being taken.
fn steps(at: usize) -> AnyView {
    const STEPS: [(&str, &str, &str); 4] = [
        (
            "user",
            "You make an account",
            "Nothing is asked that is not on this page.",
        ),
        (
            "mail",
            "You confirm your address",
            "The mail holds a link. You can look around before.",
        ),
        ("application", "You make an application", "Two fields."),
        (
            "key",
            "You get a key",
            "At once, where a plan starts at once.",
        ),
    ];
    let items: Vec<_> = STEPS
        .iter()
        .enumerate()
        .map(|(n, &(name, title, text))| {
            let tone = match n.cmp(&at) {
                std::cmp::Ordering::Less => Some("good"),
                std::cmp::Ordering::Equal => Some("now"),
                std::cmp::Ordering::Greater => None,
            };
            let icon = icon(if n < at { "check-circle" } else { name });
            view! { <li data-tone=tone>{icon}<div><strong>{title}</strong><p class="muted">{text}</p></div></li> }
        })
        .collect();
    view! { <h2>"What happens next"</h2><ol class="timeline">{items}</ol> }.into_any()
}

/// A link from a mail that is not good (any more), with the way to a new one.
fn link_over(page: &Page, what: &str, form: AnyView) -> Response {
    let title = "This link does not open anything";
    let what = sentence(what);
    page.draw(StatusCode::GONE, title, || {
        let below = view! { <p class="lede">{what}"."</p> }.into_any();
        let notes = view! {
            <h2>"Why that happens"</h2>
            <p class="muted">"A link is good once and for a while. When a new one is sent, the older one stops working. Mail programs sometimes break long links: copy the whole of it."</p>
        };
        two_columns(title, below, form, notes.into_any())
    })
}

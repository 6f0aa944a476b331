//! 400, 403, 413, 429: the request cannot be done as it came.

use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use crate::page::Page;

pub(crate) fn show(page: &Page, status: StatusCode, reason: &str) -> Response {
    let title = match status {
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "Too large",
        StatusCode::TOO_MANY_REQUESTS => "Too many tries",
        _ => "Not understood",
    };
    let reason = reason.to_owned();
    page.draw(status, title, || view(title, reason))
}

fn view(title: &'static str, reason: String) -> AnyView {
    view! {
        <div class="gate" data-plain="">
            <div>
                <h1>{title}</h1>
                <p class="lede">{sentence(&reason)}</p>
                <p><a href="/">"All APIs"</a></p>
            </div>
            <aside class="notes">
                <h2>"What you can do"</h2>
                <p class="muted">"Go back: what you typed is still there. Nothing was changed by this request."</p>
            </aside>
        </div>
    }.into_any()
}

/// An error's text as a sentence.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(char::to_uppercase);
    first
        .into_iter()
        .flatten()
        .chain(characters)
        .chain(std::iter::once('.'))
        .collect()
}

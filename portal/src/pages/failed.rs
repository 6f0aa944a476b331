//! 500 and 503: the page failed, and it is ours to mend.

use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use crate::components::copyable::copyable;
use crate::components::icon::icon;
use crate::page::Page;

pub(crate) fn show(page: &Page, status: StatusCode) -> Response {
    let id = page.request_id.clone();
    let path = page.path.clone();
    page.draw(status, "This page failed", || view(id, path, status))
}

fn view(request_id: Option<String>, path: String, status: StatusCode) -> AnyView {
    let reason = status.canonical_reason().unwrap_or_default();
    let id = request_id.map(|id| {
        view! { <div><dt>"Request id"</dt><dd>{copyable(&id, "the request id")}</dd></div> }
    });
    view! {
        <div class="gate" data-plain="">
            <div>
                <h1>"This page failed, not your calls"</h1>
                <p class="lede">"The portal could not make this page. The APIs answer as usual; your keys, limits and webhooks are not touched."</p>
                <div class="row acts">
                    <a class="button" data-kind="primary" href=path>{icon("rotate")}"Try again"</a>
                    <a class="button" href="/">"All APIs"</a>
                </div>
                <dl class="facts" data-ruled="">
                    {id}
                    <div><dt>"Status"</dt><dd><span class="http" data-class="5">{status.as_str().to_owned()}</span>" "{reason}</dd></div>
                </dl>
            </div>
            <aside class="notes">
                <h2>"What happens now"</h2>
                <p class="muted">"The failure is in our log; nobody has to report it. If it lasts longer than a few minutes, a word with the request id helps."</p>
                <p class="muted">"Nothing you typed on the page before is lost: go back, and the form still holds it."</p>
            </aside>
        </div>
    }.into_any()
}

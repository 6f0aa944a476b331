//! The side of an API's pages: its overview and its operations, group by group.

use leptos::prelude::*;
use operations::catalog::ApiPage;

use super::{href, query};
use crate::components::icon::icon;

/// Draws it; `here` is the key of the operation that is shown, if one is.
pub(crate) fn contents(api: &ApiPage, here: Option<&str>) -> AnyView {
    let name = api.api.name.to_string();
    let overview = href(api);
    let quickstart = format!("{overview}#quickstart");
    let plans = format!("{overview}#plans");
    let at_overview = here.is_none().then_some("page");
    let groups: Vec<_> = api
        .index
        .groups
        .iter()
        .map(|group| {
            let entries: Vec<_> = group
                .operations
                .iter()
                .map(|entry| {
                    let link = format!("/apis/{}/operations/{}{}", api.api.slug, entry.key, query(api));
                    let current = (here == Some(entry.key.as_str())).then_some("page");
                    let method = entry.method.clone();
                    let off = (!api.serves(&entry.key)).then(|| view! { <small class="muted">" (not on the gateway)"</small> });
                    view! {
                        <li><a href=link aria-current=current><span>{entry.title.clone()}{off}</span>
                            <span class="method" data-method=method.clone()>{short(&method).to_owned()}</span></a></li>
                    }
                })
                .collect();
            view! { <h2>{group.title.clone()}</h2><ul>{entries}</ul> }
        })
        .collect();
    let label = name.clone();
    view! {
        <a class="skip" href="#text">"Skip the contents"</a>
        <nav class="contents" aria-label=label tabindex="0">
            <details>
                <summary>"In this API "{icon("chevron-down")}</summary>
                <h2>{name}</h2>
                <ul>
                    <li><a href=overview aria-current=at_overview>"Overview"</a></li>
                    <li><a href=quickstart>"Quickstart"</a></li>
                    <li><a href=plans>"Plans"</a></li>
                </ul>
                {groups}
            </details>
        </nav>
    }
    .into_any()
}

/// The method as it fits beside a title.
fn short(method: &str) -> &str {
    match method {
        "DELETE" => "DEL",
        "OPTIONS" => "OPT",
        method => method,
    }
}

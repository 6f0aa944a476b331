//! Search over APIs and operations: what the palette would find, as a page.

use axum::response::Response;
use leptos::prelude::*;
use operations::catalog;
use serde::Deserialize;

use crate::components::crumbs::crumbs;
use crate::components::icon::icon;
use crate::failure::PageError;
use crate::form::Asked;
use crate::page::Page;

/// How many hits of each kind are shown.
const MOST: u32 = 30;

/// What is searched for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Query {
    q: String,
}

/// `GET /search?q=`
pub(crate) async fn show(page: Page, Asked(query): Asked<Query>) -> Result<Response, PageError> {
    let words = query.q.trim().to_owned();
    let found = catalog::search(&page.portal.platform, &page.actor, &words, MOST).await?;
    let apis: Vec<_> = found
        .apis
        .iter()
        .map(|hit| {
            let href = format!("/apis/{}", hit.slug);
            view! { <li><a href=href>{hit.name.to_string()}</a><p class="muted">{hit.summary.clone()}</p></li> }
        })
        .collect();
    let operations: Vec<_> = found
        .operations
        .iter()
        .map(|hit| {
            let href = format!("/apis/{}/operations/{}", hit.api_slug, hit.slug);
            let method = hit.method.to_string();
            view! {
                <li><span class="method" data-method=method.clone()>{method.clone()}</span>" "<a href=href>{hit.summary.clone()}</a>
                    <p class="muted">{hit.api_name.to_string()}" "<span class="mono">{hit.path.clone()}</span></p></li>
            }
        })
        .collect();
    let nothing = apis.is_empty() && operations.is_empty();
    let apis = (!apis.is_empty()).then(|| view! { <section class="section"><header><h2>"APIs"</h2></header><ul role="list" class="stack">{apis}</ul></section> });
    let operations = (!operations.is_empty()).then(|| view! { <section class="section"><header><h2>"Operations"</h2></header><ul role="list" class="stack">{operations}</ul></section> });
    let empty = nothing.then(|| {
        let title = if words.is_empty() { "What are you looking for?".to_owned() } else { format!("Nothing mentions “{words}”") };
        view! { <div class="empty">{icon("search")}<h2>{title}</h2><p>"The search looks at names, paths and summaries of APIs and operations."</p></div> }
    });
    Ok(page.show("Search", || {
        view! {
            <header class="threshold">{crumbs(&[("APIs", "/")], "Search")}<div class="heading"><div><h1>"Search"</h1></div></div></header>
            <form class="filters" role="search" action="/search">
                <div class="search"><label class="visually-hidden" for="search-q">"Search"</label>{icon("search")}
                    <input class="input" id="search-q" type="search" name="q" value=words/></div>
                <button class="button" type="submit">"Search"</button>
            </form>
            {apis}{operations}{empty}
        }
        .into_any()
    }))
}

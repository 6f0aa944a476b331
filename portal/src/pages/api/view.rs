//! How an API's page looks.

use charts::format::count;
use domain::api::{Approval, Lifecycle};
use leptos::prelude::*;
use leptos::tachys::html::InertElement;
use operations::catalog::{ApiPage, Revision};
use operations::products::Shelf;

use super::plans::plans;
use super::{Here, contents, href, query};
use crate::components::copyable::copyable;
use crate::components::crumbs::crumbs;
use crate::components::icon::icon;
use crate::components::moment::{exact, moment};
use crate::components::state::{Tone, state};
use crate::page::Page;
use crate::pages::first_call::FirstCall;

pub(super) fn view(
    page: &Page,
    api: &ApiPage,
    here: Here<'_>,
    shelves: &[Shelf],
    call: Option<&FirstCall>,
    changes: &[Revision],
) -> AnyView {
    view! {
        {threshold(api, shelves)}
        <div class="docs" data-columns="3">
            {contents(api, here)}
            <div class="text" id="text" tabindex="-1">
                {banner(api)}
                {about(api)}
                <section id="quickstart"><h2>"Quickstart"</h2>{quickstart(api, shelves, call)}</section>
                <section id="plans"><h2>"Plans"</h2>{plans(api, shelves)}</section>
                {changelog(page, changes)}
            </div>
            {aside(page, api)}
        </div>
    }
    .into_any()
}

fn threshold(api: &ApiPage, shelves: &[Shelf]) -> AnyView {
    let name = api.api.name.to_string();
    let has_plan = shelves.iter().any(|shelf| !shelf.plans.is_empty());
    let takes = api.version.lifecycle == Lifecycle::Published && has_plan;
    let versions: Vec<_> = api
        .versions
        .iter()
        .map(|version| {
            let chosen = version.label == api.version.label;
            let words = format!("{}, {}", version.label, lifecycle_word(version.lifecycle));
            view! { <option value=version.label.clone() selected=chosen>{words}</option> }
        })
        .collect();
    let choose = (api.versions.len() > 1).then(|| {
        let action = format!("/apis/{}", api.api.slug);
        view! {
            <form action=action data-send-on-change="">
                <label class="visually-hidden" for="version">"Version"</label>
                <select class="select" data-fit="" id="version" name="version">{versions}</select>
                <noscript><button class="button" type="submit">"Show"</button></noscript>
            </form>
        }
    });
    view! {
        <header class="threshold">
            {crumbs(&[("APIs", "/")], &name)}
            <div class="heading">
                <div>
                    <h1>{name.clone()}</h1>
                    <p class="lede">{api.api.summary.clone()}</p>
                    <div class="base-url">{copyable(&api.base_url, "the base URL")}</div>
                </div>
                <div class="actions">
                    {choose}
                    {takes.then(|| view! { <a href="#plans" class="button" data-kind="primary">{icon("key")}"Get access"</a> })}
                </div>
            </div>
        </header>
    }
    .into_any()
}

fn lifecycle_word(lifecycle: Lifecycle) -> &'static str {
    match lifecycle {
        Lifecycle::Draft => "draft",
        Lifecycle::Published => "stable",
        Lifecycle::Deprecated => "deprecated",
        Lifecycle::Retired => "retired",
    }
}

/// What stands in the way of building on this version.
fn banner(api: &ApiPage) -> Option<AnyView> {
    let version = &api.version;
    let (tone, words) = match version.lifecycle {
        Lifecycle::Deprecated => {
            let end = version
                .sunset_at
                .map_or_else(|| "a day that is not set yet".to_owned(), exact);
            (
                "warn",
                format!(
                    "Version {} retires on {end}. It answers until then and takes no new subscriptions.",
                    version.label
                ),
            )
        }
        Lifecycle::Retired => (
            "bad",
            format!(
                "Version {} is retired. Its calls are refused with 410.",
                version.label
            ),
        ),
        Lifecycle::Draft | Lifecycle::Published => return None,
    };
    let successor = api.successor.as_ref().map(|(slug, label)| {
        let query = serde_html_form::to_string([("version", label)]).unwrap_or_default();
        let link = format!("/apis/{slug}?{query}");
        view! { " "<a href=link>{format!("Go to {label}")}</a>"." }
    });
    Some(
        view! {
            <section><div class="notice" data-tone=tone>{icon("sunset")}<p><strong>{words}</strong>{successor}</p></div></section>
        }
        .into_any(),
    )
}

/// Markdown of the publisher, sanitised.
fn about(api: &ApiPage) -> Option<AnyView> {
    let own = api.api.description.as_str();
    let of_document = api
        .overview
        .as_ref()
        .and_then(|overview| overview.info.description.as_deref());
    let text = if own.is_empty() { of_document? } else { own };
    let html = format!(
        "<div class=\"prose\">{}</div>",
        openapi::markdown::html(text)
    );
    Some(view! { <section>{InertElement::new(html)}</section> }.into_any())
}

fn quickstart(api: &ApiPage, shelves: &[Shelf], call: Option<&FirstCall>) -> AnyView {
    let instant = shelves
        .iter()
        .flat_map(|shelf| &shelf.plans)
        .find(|plan| plan.approval == Approval::Instant);
    let takes = api.version.lifecycle == Lifecycle::Published;
    let any = shelves.iter().any(|shelf| !shelf.plans.is_empty());
    let first = match instant {
        _ if !takes => view! { <p>"This version takes no new subscriptions. A key that you have for it works for as long as it answers."</p> }.into_any(),
        None if !any => view! { <p>"No plan is open at the moment, so no new key can be had."</p> }.into_any(),
        Some(plan) => {
            let link = format!("/apis/{}/subscribe?plan={}", api.api.slug, plan.id);
            let words = format!("Start with {}", plan.name);
            view! { <p><a href=link>{words}</a>": it begins at once. Make a key on the page of your application and put it into your environment."</p> }.into_any()
        }
        None => view! { <p>"Choose a plan below. When it is approved, make a key on the page of your application."</p> }.into_any(),
    };
    let call = call.map(|call| {
        let link = format!("/apis/{}/operations/{}{}", api.api.slug, call.operation, query(api));
        view! {
            <li><div>
                <h3>"Make a call"</h3>
                <p><a href=link>{call.title.clone()}</a>" is a good first one; its page has the parameters and samples in nine languages."</p>
                {code_block("curl", &call.curl)}
            </div></li>
        }
    });
    view! {
        <ol class="quickstart">
            <li><div><h3>"Get a key"</h3>{first}</div></li>
            {call}
            <li><div>
                <h3>"Read the answer"</h3>
                <p>"The headers say what is left of your limits. When the gateway refuses a call, the answer names a code that "<a href="/errors">"is explained here"</a>"."</p>
            </div></li>
        </ol>
    }
    .into_any()
}

/// Code to copy.
pub(crate) fn code_block(title: &str, code: &str) -> AnyView {
    let (title, code) = (title.to_owned(), code.to_owned());
    let label = format!("Copy the {title} sample");
    view! {
        <div class="code">
            <header>
                <span class="title">{title.clone()}</span>
                <button class="button copy" data-kind="quiet" data-size="small-icon" type="button" data-copy="" aria-label=label>{icon("copy")}</button>
            </header>
            <pre tabindex="0" role="region" aria-label=title><code>{code}</code></pre>
        </div>
    }
    .into_any()
}

fn changelog(page: &Page, changes: &[Revision]) -> Option<AnyView> {
    let now = page.portal.platform.now();
    let items: Vec<_> = changes
        .iter()
        .filter(|revision| !revision.changes.is_empty())
        .take(5)
        .map(|revision| {
            let lines: Vec<_> = revision
                .changes
                .iter()
                .take(8)
                .map(|change| {
                    let breaking = change.breaking.then(|| state(Tone::Bad, "alert", "Breaking"));
                    view! { <p>{breaking}" "{change.sentence.clone()}</p> }
                })
                .collect();
            let title = format!("Revision {} ", revision.number);
            view! {
                <li>{icon("edit")}<div><h3>{title}<span class="when">{moment(revision.created_at, now)}</span></h3>{lines}</div></li>
            }
        })
        .collect();
    (!items.is_empty()).then(|| {
        view! { <section id="changelog"><h2>"Changelog"</h2><ol class="timeline">{items}</ol></section> }.into_any()
    })
}

fn aside(page: &Page, api: &ApiPage) -> AnyView {
    let slug = api.api.slug.to_string();
    let query = query(api);
    let (tone, name, word) = match api.version.lifecycle {
        Lifecycle::Published => (Tone::Good, "check", "Stable"),
        Lifecycle::Deprecated => (Tone::Warn, "sunset", "Deprecated"),
        Lifecycle::Retired => (Tone::Bad, "minus", "Retired"),
        Lifecycle::Draft => (Tone::Info, "branch", "Draft"),
    };
    let owner = api
        .owner
        .clone()
        .map(|owner| view! { <div><dt>"Owner"</dt><dd>{owner}</dd></div> });
    let since = api.version.published_at.map(|at| {
        view! { <div><dt>"Published"</dt><dd>{moment(at, page.portal.platform.now())}</dd></div> }
    });
    let operations = u64::try_from(api.index.entries().count()).unwrap_or(u64::MAX);
    let off = (!api.unserved.is_empty()).then(|| {
        let words = format!("{} not on the gateway", api.unserved.len());
        view! { <span class="sub">{words}</span> }
    });
    let key = match &api.credential.prefix {
        Some(prefix) => format!("{}: {prefix} …", api.credential.name),
        None => api.credential.name.clone(),
    };
    view! {
        <aside class="aside" aria-label="About this API">
            <section>
                <h2>"Facts"</h2>
                <dl class="facts" data-size="small">
                    <div><dt>"State"</dt><dd>{state(tone, name, word)}</dd></div>
                    <div><dt>"Version"</dt><dd>{api.version.label.clone()}</dd></div>
                    <div><dt>"Operations"</dt><dd>{count(operations)}{off}</dd></div>
                    <div><dt>"Key goes into"</dt><dd><code>{key}</code></dd></div>
                    {owner}
                    {since}
                </dl>
            </section>
            <section>
                <h2>"The document"</h2>
                <ul>
                    <li><a href=format!("/apis/{slug}/openapi.json{query}")>"OpenAPI as JSON"</a></li>
                    <li><a href=format!("/apis/{slug}/openapi.yaml{query}")>"OpenAPI as YAML"</a></li>
                    <li><a href=format!("/apis/{slug}/llms.txt")><span class="mono">"llms.txt"</span></a></li>
                </ul>
            </section>
        </aside>
    }
    .into_any()
}

/// The heading that leads back to the API's page.
pub(crate) fn back(api: &ApiPage) -> (String, String) {
    (api.api.name.to_string(), href(api))
}

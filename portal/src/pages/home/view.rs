//! How the catalogue looks: an index, like the front of a book.

use charts::format::counted;
use domain::api::Lifecycle;
use leptos::prelude::*;

use super::filter::{ACCESS, Filter, STATES};
use super::model::{Catalogue, Entry};
use crate::components::icon::icon;
use crate::components::moment::moment;
use crate::components::state::{Tone, state};
use crate::page::Page;

pub(super) fn view(page: &Page, catalogue: &Catalogue, filter: &Filter) -> AnyView {
    if catalogue.total == 0 {
        return view! { {masthead(page, catalogue)}<hr class="double-rule"/>{nothing_published()} }
            .into_any();
    }
    let count = format!("{} of {}", catalogue.entries.len(), catalogue.total);
    let body = if catalogue.entries.is_empty() {
        no_match(filter, catalogue.total)
    } else {
        view! { {shelves(&catalogue.entries)}{how_access_works()} }.into_any()
    };
    view! {
        {masthead(page, catalogue)}
        <hr class="double-rule"/>
        {filters(filter, count)}
        {chosen(filter)}
        {body}
    }
    .into_any()
}

fn masthead(page: &Page, catalogue: &Catalogue) -> AnyView {
    let brand = &page.portal.brand;
    let actions = page.viewer.is_none().then(|| {
        view! {
            <div class="actions">
                <a href="/sign-up" class="button" data-kind="primary">"Create an account"</a>
                <a href="/sign-in" class="button">"Sign in"</a>
            </div>
        }
    });
    // With a filter on, only what is shown is known: nothing is said of the whole.
    let is_whole = catalogue.entries.len() == catalogue.total && catalogue.total > 0;
    let offer = is_whole.then(|| {
        let offer = format!(
            "{}, {}",
            counted(catalogue.total as u64, "API"),
            counted(catalogue.operations(), "operation")
        );
        view! { <div><dt>"On offer"</dt><dd>{offer}</dd></div> }
    });
    let newest = catalogue.newest().filter(|_| is_whole).map(|(entry, at)| {
        let words = format!("{} {}", entry.name, entry.version);
        view! {
            <div>
                <dt>"Last change"</dt>
                <dd><a href=entry.href()>{words}</a>", "{moment(at, catalogue.now)}</dd>
            </div>
        }
    });
    view! {
        <div class="masthead">
            <div>
                <h1>{brand.headline.clone()}</h1>
                {page.viewer.is_none().then(|| view! { <p class="lede">{brand.lede.clone()}</p> })}
                {actions}
            </div>
            <dl class="facts" data-ruled="" data-size="small">
                <div><dt>"Base URL"</dt><dd><span class="mono">{page.portal.gateway_url().to_owned()}</span></dd></div>
                {offer}
                {newest}
            </dl>
        </div>
    }.into_any()
}

fn filters(filter: &Filter, count: String) -> AnyView {
    let chosen_state = filter.lifecycle().map(|(state, _)| state);
    let states: Vec<_> = STATES
        .iter()
        .map(|&(state, word)| option(state.as_str(), word, chosen_state == Some(state)))
        .collect();
    let chosen_access = filter.access().map(|(value, _)| value);
    let access: Vec<_> = ACCESS
        .iter()
        .map(|&(value, words)| option(value, words, chosen_access == Some(value)))
        .collect();
    view! {
        <form class="filters" role="search" action="/" aria-label="Filter the catalogue" data-send-on-change="">
            <div class="search">
                <label class="visually-hidden" for="f-q">"Search the catalogue"</label>
                {icon("search")}
                <input class="input" id="f-q" type="search" name="q" value=filter.q.clone() placeholder="Search names and summaries"/>
            </div>
            <label class="visually-hidden" for="f-state">"Lifecycle"</label>
            <select class="select" id="f-state" name="state"><option value="">"Any lifecycle"</option>{states}</select>
            <label class="visually-hidden" for="f-access">"Access"</label>
            <select class="select" id="f-access" name="access"><option value="">"Any access"</option>{access}</select>
            <noscript><button class="button" type="submit">"Filter"</button></noscript>
            <span class="muted push"><small>{count}</small></span>
        </form>
    }.into_any()
}

fn option(value: &'static str, words: &'static str, chosen: bool) -> AnyView {
    view! { <option value=value selected=chosen>{words}</option> }.into_any()
}

fn chosen(filter: &Filter) -> Option<AnyView> {
    let chosen = filter.chosen();
    if chosen.is_empty() {
        return None;
    }
    let filters: Vec<_> = chosen
        .into_iter()
        .map(|(words, href)| {
            let label = format!("Remove the filter {words}");
            view! { <span class="filter">{words}" "<a href=href aria-label=label>{icon("cross")}</a></span> }
        })
        .collect();
    Some(
        view! { <div class="chosen"><span>"Shown:"</span>{filters}<a href="/">"Clear all"</a></div> }.into_any(),
    )
}

/// The shelves in the order in which their first API stands.
fn shelves(shown: &[Entry]) -> Vec<AnyView> {
    let mut names: Vec<&str> = Vec::new();
    for entry in shown {
        if !names.contains(&entry.shelf.as_str()) {
            names.push(&entry.shelf);
        }
    }
    names
        .into_iter()
        .map(|name| {
            let entries: Vec<_> = shown
                .iter()
                .filter(|entry| entry.shelf == name)
                .map(entry_row)
                .collect();
            let words = if name.is_empty() { "All APIs" } else { name }.to_owned();
            let count = counted(entries.len() as u64, "API");
            view! { <section class="shelf"><h2>{words}<small>{count}</small></h2><ul>{entries}</ul></section> }.into_any()
        })
        .collect()
}

fn entry_row(entry: &Entry) -> AnyView {
    let (price, start) = entry.terms();
    let version = format!("v{}", entry.version.trim_start_matches('v'));
    let lifecycle = match entry.lifecycle {
        Lifecycle::Published => state(Tone::Good, "check", "Stable").into_any(),
        Lifecycle::Deprecated => state(Tone::Warn, "sunset", "Deprecated").into_any(),
        Lifecycle::Retired => state(Tone::Plain, "minus", "Retired").into_any(),
        Lifecycle::Draft => state(Tone::Info, "branch", "Draft").into_any(),
    };
    view! {
        <li class="entry">
            <h3><a href=entry.href()>{entry.name.clone()}</a><small>{version}</small></h3>
            <p>{entry.summary.clone()}</p>
            <div class="terms"><b>{price}</b>{start}</div>
            <div>{lifecycle}<span class="terms">{counted(entry.operations, "operation")}</span></div>
        </li>
    }.into_any()
}

fn nothing_published() -> AnyView {
    view! {
        <div class="empty">
            {icon("ledger")}
            <h2>"No API is published yet"</h2>
            <p>"Every API that the platform team publishes stands here, with its documentation, its plans and a way to try it."</p>
        </div>
    }.into_any()
}

fn no_match(filter: &Filter, all: usize) -> AnyView {
    let words = filter.words();
    let title = if words.is_empty() {
        "No API is like that".to_owned()
    } else {
        format!("No API that you chose mentions “{words}”")
    };
    let without_filters = (!words.is_empty() && filter.chosen().len() > 1).then(|| {
        let href = filter.words_alone();
        view! { <a class="button" data-kind="primary" href=href>"Search without the filters"</a> }
    });
    let all = format!("Show all {}", counted(all as u64, "API"));
    view! {
        <div class="empty">
            {icon("search")}
            <h2>{title}</h2>
            <p>"The search looks at names, summaries and groups; every word must be there."</p>
            <div class="actions">{without_filters}<a href="/" class="button">{all}</a></div>
        </div>
    }
    .into_any()
}

fn how_access_works() -> AnyView {
    view! {
        <section class="section">
            <header><h2>"How access works"</h2></header>
            <ol class="columns-3">
                <li><h3>"Make an application"</h3><p>"It stands for the program that calls: your shop, your app, your nightly job."</p></li>
                <li><h3>"Choose a plan"</h3><p>"Each API says its limits and price. Some plans start at once; some are read by a person first, and you see how long that takes."</p></li>
                <li><h3>"Call"</h3><p>"Your key is shown once. Every operation has its page, with samples to copy."</p></li>
            </ol>
        </section>
    }.into_any()
}

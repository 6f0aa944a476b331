//! The side of an API's pages: its overview and its operations, group by group. Of an API with very many operations only one
//! group is unfolded, and of a very large group only a part.

use charts::format::count;
use leptos::prelude::*;
use openapi::reference::{Entry, Group};
use operations::catalog::ApiPage;

use super::{href, query};
use crate::components::icon::icon;

/// An API with more operations has its groups folded. Those of GitHub, 1 223, are looked through as a whole.
const UNFOLDED_MOST: usize = 1_500;
/// How many operations of a group are shown at once where groups are folded.
const WINDOW: usize = 100;

/// Where among the pages of an API somebody is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Here<'a> {
    /// At its overview, with a group unfolded from one of its operations on.
    Overview {
        /// The group, by its name in URLs.
        group: Option<&'a str>,
        /// Counts from 0.
        from: usize,
    },
    /// At the page of an operation, by its key.
    Operation(&'a str),
}

/// Draws it.
pub(crate) fn contents(api: &ApiPage, here: Here<'_>) -> AnyView {
    let name = api.api.name.to_string();
    let overview = href(api);
    let quickstart = format!("{overview}#quickstart");
    let plans = format!("{overview}#plans");
    let at_overview = matches!(here, Here::Overview { .. }).then_some("page");
    let asked = matches!(here, Here::Overview { group: Some(_), .. });
    let is_long = api.index.entries().count() > UNFOLDED_MOST;
    let groups = if is_long {
        folded(api, here)
    } else {
        let groups = api.index.groups.iter();
        let whole = groups.map(|group| {
            let entries = entries(api, &group.operations, here);
            view! { <h2>{group.title.clone()}</h2><ul>{entries}</ul> }
        });
        whole.collect_view().into_any()
    };
    let label = name.clone();
    view! {
        <a class="skip" href="#text">"Skip the contents"</a>
        <nav class="contents" aria-label=label tabindex="0">
            <details open=asked>
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

/// Every group as a line that leads to its operations, but the one where somebody is.
fn folded(api: &ApiPage, here: Here<'_>) -> AnyView {
    let groups = api.index.groups.iter();
    let lines = groups.map(|group| match start(group, here) {
        Some(from) => unfolded(api, group, here, from),
        None => {
            let link = group_href(api, group, 0);
            let many = number(group.operations.len());
            view! { <li><a href=link><span>{group.title.clone()}</span><span class="number">{many}</span></a></li> }.into_any()
        }
    });
    view! { <h2>"Operations"</h2><ul>{lines.collect_view()}</ul> }.into_any()
}

/// From which of its operations on a group is shown; `None` for one that is folded.
fn start(group: &Group, here: Here<'_>) -> Option<usize> {
    let wanted = match here {
        Here::Overview { group: asked, from } => (asked == Some(&*group.slug)).then_some(from)?,
        Here::Operation(key) => group.operations.iter().position(|entry| entry.key == key)?,
    };
    let last = group.operations.len().saturating_sub(1);
    Some(wanted.min(last) / WINDOW * WINDOW)
}

fn unfolded(api: &ApiPage, group: &Group, here: Here<'_>, from: usize) -> AnyView {
    let most = group.operations.len();
    let to = most.min(from + WINDOW);
    let shown = entries(api, &group.operations[from..to], here);
    let leads = |from: usize, words: String| {
        let link = group_href(api, group, from);
        view! { <li><a href=link>{words}</a></li> }
    };
    let earlier = (from > 0).then(|| {
        let words = format!("The {} before", number(WINDOW));
        leads(from - WINDOW, words)
    });
    let later = (to < most).then(|| {
        let next = WINDOW.min(most - to);
        let words = format!("The next {} of {}", number(next), number(most));
        leads(to, words)
    });
    let anchor = anchor(group);
    view! { <li id=anchor><h3>{group.title.clone()}</h3><ul>{earlier}{shown}{later}</ul></li> }
        .into_any()
}

fn entries(api: &ApiPage, entries: &[Entry], here: Here<'_>) -> Vec<impl IntoView + use<>> {
    let line = |entry: &Entry| {
        let link = format!(
            "/apis/{}/operations/{}{}",
            api.api.slug,
            entry.key,
            query(api)
        );
        let is_here = matches!(here, Here::Operation(key) if key == entry.key);
        let current = is_here.then_some("page");
        let method = entry.method.clone();
        let off = (!api.serves(&entry.key))
            .then(|| view! { <small class="muted">" (not on the gateway)"</small> });
        view! {
            <li><a href=link aria-current=current><span>{entry.title.clone()}{off}</span>
                <span class="method" data-method=method.clone()>{short(&method).to_owned()}</span></a></li>
        }
    };
    entries.iter().map(line).collect()
}

/// The overview with a group unfolded, at the place where it stands.
fn group_href(api: &ApiPage, group: &Group, from: usize) -> String {
    let mut query = Vec::new();
    if api.version.label != api.current {
        query.push(("version", api.version.label.clone()));
    }
    query.push(("group", group.slug.clone()));
    if from > 0 {
        query.push(("from", from.to_string()));
    }
    let query = serde_html_form::to_string(query).unwrap_or_default();
    format!("/apis/{}?{query}#{}", api.api.slug, anchor(group))
}

fn anchor(group: &Group) -> String {
    format!("in-{}", group.slug)
}

fn number(number: usize) -> String {
    count(u64::try_from(number).unwrap_or(u64::MAX))
}

/// The method as it fits beside a title.
fn short(method: &str) -> &str {
    match method {
        "DELETE" => "DEL",
        "OPTIONS" => "OPT",
        method => method,
    }
}

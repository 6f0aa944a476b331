//! How the request log looks.

use charts::format::counted;
use leptos::prelude::*;

use super::table::table;
use super::{ANSWERS, Log, Wanted};
use crate::components::crumbs::crumbs;
use crate::components::icon::icon;

pub(super) fn view(log: &Log, wanted: &Wanted) -> AnyView {
    let body = if !log.requests.is_empty() {
        view! { {table(&log.requests, log.now)}{pages(log, wanted)} }.into_any()
    } else if wanted.is_filtered() || !wanted.after.is_empty() {
        no_match(log)
    } else {
        nothing_yet()
    };
    view! {
        {head(log)}
        {filters(log, wanted)}
        {body}
        <p class="muted"><small>"Calls are kept for 7 days, without their bodies and queries."</small></p>
    }
    .into_any()
}

fn head(log: &Log) -> AnyView {
    let (above, title, usage) = match &log.application {
        Some((id, name)) => {
            let href = format!("/applications/{id}");
            let above = crumbs(
                &[("Applications", "/applications"), (name, &href)],
                "Request log",
            );
            let usage = format!("/usage?application={id}");
            (Some(above), format!("Request log of {name}"), usage)
        }
        None => (None, "Request log".to_owned(), "/usage".to_owned()),
    };
    view! {
        <header class="threshold">
            {above}
            <div class="heading">
                <div><h1>{title}</h1><p class="lede">"What your calls were answered, and why the gate refused them."</p></div>
                <div class="actions"><a class="button" href=usage>{icon("chart")}"Usage"</a></div>
            </div>
        </header>
    }.into_any()
}

fn filters(log: &Log, wanted: &Wanted) -> AnyView {
    let answers: Vec<_> = ANSWERS
        .iter()
        .map(|&(value, words)| {
            let chosen = value == wanted.answer;
            view! { <option value=value selected=chosen>{words}</option> }
        })
        .collect();
    let code = (!wanted.code.is_empty())
        .then(|| view! { <input type="hidden" name="code" value=wanted.code.clone()/> });
    view! {
        <form class="filters" role="search" action=log.path.clone() aria-label="Filter the calls" data-send-on-change="">
            <div class="search">
                <label class="visually-hidden" for="l-q">"Search paths and request ids"</label>
                {icon("search")}
                <input class="input" id="l-q" type="search" name="q" value=wanted.q.clone() placeholder="Path or request id"/>
            </div>
            <label class="visually-hidden" for="l-answer">"Answer"</label>
            <select class="select" id="l-answer" name="answer"><option value="">"Any answer"</option>{answers}</select>
            {code}
            <noscript><button class="button" type="submit">"Filter"</button></noscript>
        </form>
        {chosen(log, wanted)}
    }.into_any()
}

/// The code can only be taken away here: there is no field for it.
fn chosen(log: &Log, wanted: &Wanted) -> Option<AnyView> {
    if wanted.code.is_empty() {
        return None;
    }
    let rest = Wanted {
        code: String::new(),
        ..wanted.clone()
    };
    let label = format!("Remove the filter {}", wanted.code);
    Some(
        view! {
            <div class="chosen">
                <span>"Shown:"</span>
                <span class="filter">{wanted.code.clone()}" "<a href=rest.href(&log.path, "") aria-label=label>{icon("cross")}</a></span>
                <a href=log.path.clone()>"Clear all"</a>
            </div>
        }
        .into_any(),
    )
}

fn pages(log: &Log, wanted: &Wanted) -> Option<AnyView> {
    let latest = (!wanted.after.is_empty()).then(|| {
        let href = wanted.href(&log.path, "");
        view! { <li><a href=href>"Latest"</a></li> }
    });
    let older = log.next.as_ref().map(|next| {
        let href = wanted.href(&log.path, next);
        view! { <li><a href=href rel="next">"Older"{icon("chevron-right")}</a></li> }
    });
    if latest.is_none() && older.is_none() {
        return None;
    }
    let calls = counted(log.requests.len() as u64, "call");
    let count = format!("{calls} on this page");
    Some(
        view! { <nav class="pages" aria-label="Pages"><span>{count}</span><ul>{latest}{older}</ul></nav> }
            .into_any(),
    )
}

fn no_match(log: &Log) -> AnyView {
    view! {
        <div class="empty">
            {icon("search")}
            <h2>"No call is like that"</h2>
            <p>"The search looks at paths and whole request ids, over the last 7 days."</p>
            <div class="actions"><a class="button" href=log.path.clone()>"Show all calls"</a></div>
        </div>
    }
    .into_any()
}

fn nothing_yet() -> AnyView {
    view! {
        <div class="empty">
            {icon("ledger")}
            <h2>"No calls yet"</h2>
            <p>"Each call of the last 7 days stands here about two seconds after it was answered, refused ones with the reason."</p>
            <div class="actions"><a class="button" href="/applications">"Your applications"</a></div>
        </div>
    }.into_any()
}

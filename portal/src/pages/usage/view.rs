//! How the usage page looks.

use charts::format;
use leptos::prelude::*;
use operations::usage::{Preset, QuotaState, Top};

use super::figures::figures;
use super::{Usage, Wanted, drawings};
use crate::components::icon::icon;
use crate::pages::log::table;

/// The ranges: what they are called, and what each is compared with.
const RANGES: &[(Preset, &str, &str)] = &[
    (Preset::Hour, "1 h", "the hour before"),
    (Preset::Day, "24 h", "the day before"),
    (Preset::Week, "7 d", "the week before"),
    (Preset::Month, "30 d", "the 30 days before"),
];

pub(super) fn view(usage: &Usage, wanted: &Wanted) -> AnyView {
    let body = if usage.applications.is_empty() && wanted.application.is_empty() {
        no_application()
    } else {
        view! { {filters(usage, wanted)}{numbers(usage, wanted)} }.into_any()
    };
    view! { {head(wanted)}{body} }.into_any()
}

fn head(wanted: &Wanted) -> AnyView {
    let csv = wanted.href("/usage.csv", wanted.preset());
    view! {
        <header class="threshold">
            <div class="heading">
                <div>
                    <h1>"Usage"</h1>
                    <p class="lede">"The same numbers that your limits and your bill are made from. They are at most two seconds old."</p>
                </div>
                <div class="actions"><a class="button" href=csv download="">{icon("download")}"Download as CSV"</a></div>
            </div>
        </header>
    }.into_any()
}

fn filters(usage: &Usage, wanted: &Wanted) -> AnyView {
    let choices: Vec<_> = usage
        .applications
        .iter()
        .map(|line| {
            let id = line.id.to_string();
            let chosen = id == wanted.application;
            view! { <option value=id selected=chosen>{line.name.to_string()}</option> }
        })
        .collect();
    let ranges: Vec<_> = RANGES
        .iter()
        .map(|&(preset, words, _)| {
            let current = (preset == wanted.preset()).then_some("true");
            let href = wanted.href("/usage", preset);
            view! { <a class="button" href=href aria-current=current>{words}</a> }
        })
        .collect();
    let range = wanted.preset().as_str();
    view! {
        <form class="filters" action="/usage" aria-label="Filter the usage" data-send-on-change="">
            <input type="hidden" name="range" value=range/>
            <label class="visually-hidden" for="u-application">"Application"</label>
            <select class="select" id="u-application" name="application"><option value="">"All applications"</option>{choices}</select>
            <noscript><button class="button" type="submit">"Show"</button></noscript>
            <span class="button-group" role="group" aria-label="Range">{ranges}</span>
            <span class="muted push"><small>"Times are UTC"</small></span>
        </form>
    }.into_any()
}

fn numbers(usage: &Usage, wanted: &Wanted) -> AnyView {
    let before = RANGES
        .iter()
        .find(|(preset, ..)| *preset == wanted.preset())
        .map_or("the range before", |&(_, _, before)| before);
    let charts = if usage.report.totals.requests == 0 {
        no_calls()
    } else {
        view! {
            <section class="section">{drawings::answers(&usage.report)}</section>
            <section class="section">{drawings::latency(&usage.report)}</section>
            {operations(&usage.operations)}
        }
        .into_any()
    };
    view! {
        {figures(&usage.report, &usage.quotas, before)}
        {quotas(&usage.quotas)}
        {charts}
        {refused(usage, wanted)}
    }
    .into_any()
}

fn quotas(states: &[QuotaState]) -> Option<AnyView> {
    let bars: Vec<_> = states
        .iter()
        .enumerate()
        .map(|(number, state)| drawings::quota(state, number))
        .collect();
    (!bars.is_empty()).then(|| {
        view! {
            <section class="section after" aria-label="Quotas">
                {bars}
                <p class="muted"><small>"What happens then: "<a class="mono" href="/errors/quota_exceeded">"quota_exceeded"</a></small></p>
            </section>
        }
        .into_any()
    })
}

fn operations(tops: &[Top]) -> Option<AnyView> {
    let rows: Vec<_> = tops.iter().map(operation).collect();
    (!rows.is_empty()).then(|| {
        view! {
            <section class="section">
                <header><h2>"Operations"</h2></header>
                <div class="table-frame" tabindex="0" role="region" aria-label="Operations">
                    <table class="table" data-stack="" data-hover="">
                        <thead><tr>
                            <th scope="col">"Operation"</th>
                            <th scope="col" class="number" aria-sort="descending">"Calls"</th>
                            <th scope="col" class="number">"Refused"</th>
                            <th scope="col" class="number">"Failed"</th>
                            <th scope="col" class="number">"p95"</th>
                        </tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </section>
        }
        .into_any()
    })
}

fn operation(top: &Top) -> AnyView {
    let (subject, totals) = (&top.subject, &top.totals);
    let requests = totals.requests.unsigned_abs();
    let name = match subject.name.as_str() {
        "" if subject.id.is_nil() => "Calls that met no operation".to_owned(),
        "" => "An operation that is gone".to_owned(),
        name => name.to_owned(),
    };
    let name = match place(&subject.place) {
        Some(href) => view! { <a class="row-link" href=href>{name}</a> }.into_any(),
        None => name.into_any(),
    };
    let detail = (!subject.detail.is_empty())
        .then(|| view! { <span class="sub">{subject.detail.clone()}</span> });
    let p95 = totals
        .percentile(0.95)
        .map_or_else(|| "–".to_owned(), format::milliseconds);
    view! {
        <tr>
            <th scope="row">{name}{detail}</th>
            <td data-label="Calls" class="number">{format::count(requests)}</td>
            <td data-label="Refused" class="number">{format::percent(totals.refused.unsigned_abs(), requests)}</td>
            <td data-label="Failed" class="number">{format::percent(totals.failed.unsigned_abs(), requests)}</td>
            <td data-label="p95" class="number">{p95}</td>
        </tr>
    }
    .into_any()
}

/// The page of an operation: its place is the API, the version and the operation.
fn place(place: &str) -> Option<String> {
    let mut parts = place.splitn(3, '/');
    let (api, version, operation) = (parts.next()?, parts.next()?, parts.next()?);
    if api.is_empty() || operation.is_empty() {
        return None;
    }
    let query = serde_html_form::to_string([("version", version)]).unwrap_or_default();
    Some(format!("/apis/{api}/operations/{operation}?{query}"))
}

fn refused(usage: &Usage, wanted: &Wanted) -> Option<AnyView> {
    if usage.refused.is_empty() {
        return None;
    }
    let log = if wanted.application.is_empty() {
        "/log?answer=bad".to_owned()
    } else {
        format!("/applications/{}/log?answer=bad", wanted.application)
    };
    Some(
        view! {
            <section class="section">
                <header><h2>"Latest refused calls"</h2><a href=log>"Request log"</a></header>
                {table(&usage.refused, usage.now)}
            </section>
        }
        .into_any(),
    )
}

fn no_application() -> AnyView {
    view! {
        <div class="empty">
            {icon("chart")}
            <h2>"Nothing calls yet"</h2>
            <p>"Make an application, subscribe it to an API, and its calls are counted here from the first one."</p>
            <div class="actions">
                <a class="button" data-kind="primary" href="/applications">"Your applications"</a>
                <a class="button" href="/">"All APIs"</a>
            </div>
        </div>
    }.into_any()
}

fn no_calls() -> AnyView {
    view! {
        <div class="empty">
            {icon("chart")}
            <h2>"No calls in this time"</h2>
            <p>"A call is counted here about two seconds after it was answered. A longer range may show more."</p>
            <div class="actions"><a class="button" href="/log">"Request log"</a></div>
        </div>
    }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_leads_to_its_page() {
        assert_eq!(
            place("labels/v1/get-labels").as_deref(),
            Some("/apis/labels/operations/get-labels?version=v1")
        );
        assert_eq!(place(""), None);
        assert_eq!(place("labels/v1"), None);
    }
}

//! The plans of an API, side by side.

use domain::api::{Approval, Lifecycle};
use leptos::prelude::*;
use operations::catalog::ApiPage;
use operations::products::Shelf;
use store::plans::Plan;

use crate::components::notice::notice;
use crate::components::state::{Tone, state};

/// Draws the table of each product that holds the API.
pub(super) fn plans(api: &ApiPage, shelves: &[Shelf]) -> AnyView {
    let open: Vec<_> = shelves
        .iter()
        .filter(|shelf| !shelf.plans.is_empty())
        .collect();
    if open.is_empty() {
        return notice(
            Tone::Info,
            "info",
            "No plan is open",
            "The publisher takes no subscriptions to this API at the moment.",
        );
    }
    let several = open.len() > 1;
    let takes = api.version.lifecycle == Lifecycle::Published;
    open.into_iter()
        .map(|shelf| {
            let heading = several.then(|| view! { <h3>{shelf.product.name.to_string()}</h3> });
            view! { {heading}{table(api, shelf, takes)} }
        })
        .collect::<Vec<_>>()
        .into_any()
}

fn table(api: &ApiPage, shelf: &Shelf, takes: bool) -> AnyView {
    let plans = &shelf.plans;
    let cells = |cell: fn(&Plan) -> AnyView| -> Vec<_> {
        plans
            .iter()
            .map(|plan| view! { <td>{cell(plan)}</td> })
            .collect()
    };
    let heads: Vec<_> = plans
        .iter()
        .map(|plan| {
            view! { <th scope="col"><span class="name">{plan.name.to_string()}</span><span class="price">{price(plan)}</span></th> }
        })
        .collect();
    let choose: Vec<_> = plans
        .iter()
        .map(|plan| {
            let href = format!("/apis/{}/subscribe?plan={}", api.api.slug, plan.id);
            let words = match plan.approval {
                Approval::Instant => "Start",
                Approval::Reviewed => "Ask for it",
            };
            let label = format!("{words}: {}", plan.name);
            view! { <td>{takes.then(|| view! { <a href=href class="button" data-size="small" aria-label=label>{words}</a> })}</td> }
        })
        .collect();
    let region = format!("Plans of {}", shelf.product.name);
    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label=region>
            <table class="table plans">
                <thead><tr><td></td>{heads}</tr></thead>
                <tbody>
                    <tr><th scope="row">"For"</th>{cells(|plan| plan.summary.clone().into_any())}</tr>
                    <tr><th scope="row">"Rate limit"</th>{cells(|plan| limits(plan).into_any())}</tr>
                    <tr><th scope="row">"Quota"</th>{cells(|plan| quota(plan).into_any())}</tr>
                    <tr><th scope="row">"Starts"</th>{cells(starts)}</tr>
                    <tr><th scope="row"><span class="visually-hidden">"Choose"</span></th>{choose}</tr>
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

fn price(plan: &Plan) -> String {
    if plan.price.is_empty() {
        "Free".to_owned()
    } else {
        plan.price.clone()
    }
}

fn starts(plan: &Plan) -> AnyView {
    match plan.approval {
        Approval::Instant => state(Tone::Good, "check", "At once"),
        Approval::Reviewed => {
            let within = format!("usually within {} h", plan.review_hours);
            view! { {state(Tone::Warn, "clock", "Reviewed")}<span class="sub">{within}</span> }
                .into_any()
        }
    }
}

/// `60 a minute, 5 a second`
pub(crate) fn limits(plan: &Plan) -> String {
    if plan.rate_limits.0.is_empty() {
        return "none".to_owned();
    }
    let limits: Vec<String> = plan
        .rate_limits
        .0
        .iter()
        .map(|limit| {
            format!(
                "{} a {}",
                charts::format::count(limit.requests),
                limit.window
            )
        })
        .collect();
    limits.join(", ")
}

/// `100 000 a month`
pub(crate) fn quota(plan: &Plan) -> String {
    match &plan.quota {
        Some(quota) => format!(
            "{} a {}",
            charts::format::count(quota.0.requests),
            quota.0.period
        ),
        None => "none".to_owned(),
    }
}

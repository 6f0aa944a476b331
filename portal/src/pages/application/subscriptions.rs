//! `/applications/{id}/subscriptions`: what the application may call, and how much of it is used.

use axum::extract::Path;
use axum::response::Response;
use charts::format::count;
use domain::subscription::SubscriptionState;
use leptos::prelude::*;
use operations::usage::{self, QuotaState};
use store::subscription_lines::Line;

use super::{Tab, framed, read};
use crate::components::icon::icon;
use crate::components::moment::exact;
use crate::components::state::{Tone, state};
use crate::failure::PageError;
use crate::page::Page;

/// The table.
pub(crate) async fn get(page: Page, Path(id): Path<String>) -> Result<Response, PageError> {
    let line = read(&page, &id).await?;
    let (platform, actor) = (&page.portal.platform, &page.actor);
    let rows = operations::subscriptions::of_application(platform, actor, line.id).await?;
    let quotas = usage::quotas(platform, actor, line.id).await?;
    Ok(
        page.show(&format!("Subscriptions of {}", line.name.as_str()), || {
            framed(&line, Tab::Subscriptions, table(&rows, &quotas))
        }),
    )
}

/// Where a subscription stands, as people read it.
pub(in crate::pages) fn standing(line: &Line) -> AnyView {
    match line.state {
        SubscriptionState::Pending => state(Tone::Warn, "clock", "Waiting for approval"),
        SubscriptionState::Active => state(Tone::Good, "check-circle", "Active"),
        SubscriptionState::Rejected => state(Tone::Bad, "cross-circle", "Refused"),
        SubscriptionState::Suspended => state(Tone::Bad, "alert", "Suspended"),
        SubscriptionState::Cancelled => state(Tone::Plain, "minus", "Ended"),
    }
}

fn table(rows: &[Line], quotas: &[QuotaState]) -> AnyView {
    if rows.is_empty() {
        return view! {
            <div class="empty">{icon("ledger")}<h2>"No subscription yet"</h2><p>"Pick an API, and a plan of it: many start at once."</p>
                <div class="actions"><a class="button" data-kind="primary" href="/">"Find an API"</a></div></div>
        }
        .into_any();
    }
    let rows: Vec<_> = rows
        .iter()
        .map(|line| {
            let quota = quotas.iter().find(|quota| quota.line.id == line.id);
            let href = format!("/subscriptions/{}", line.id);
            let why = (!line.reason.is_empty())
                .then(|| view! { <span class="sub">{format!("“{}”", line.reason)}</span> });
            let class = (!line.state.is_open()).then_some("gone");
            view! {
                <tr class=class>
                    <th scope="row"><a class="row-link" href=href>{line.product_name.as_str().to_owned()}</a></th>
                    <td data-label="Plan">{line.plan_name.as_str().to_owned()}</td>
                    <td data-label="State">{standing(line)}{why}</td>
                    <td data-label="Quota">{bar(quota)}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <section class="section"><header><h2>"Subscriptions"</h2><a href="/">"Find an API"</a></header>
            <div class="table-frame"><table class="table" data-stack="">
                <thead><tr><th scope="col">"Product"</th><th scope="col">"Plan"</th><th scope="col">"State"</th><th scope="col">"Quota"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table></div></section>
    }
    .into_any()
}

fn bar(quota: Option<&QuotaState>) -> AnyView {
    let Some(quota) = quota else {
        return view! { <span class="muted">"none"</span> }.into_any();
    };
    let (used, all) = (quota.used, quota.quota.requests.max(1));
    let percent = format!("{:.1}", (used as f64 / all as f64 * 100.0).min(100.0));
    let label = format!("{percent} percent of the quota used");
    let words = format!(
        "{} of {} a {}, until {}",
        count(used),
        count(all),
        quota.quota.period,
        exact(quota.to)
    );
    view! {
        <svg class="bar" role="img" aria-label=label><rect class="track" width="100%" height="100%"></rect><rect class="used" width=format!("{percent}%") height="100%"></rect></svg>
        <span class="sub">{words}</span>
    }
    .into_any()
}

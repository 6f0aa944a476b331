//! `/subscriptions/{id}`: where a request stands, who decides, and what happened so far.

pub(crate) mod plan;

use std::time::Duration;

use axum::extract::Path;
use axum::response::Response;
use domain::api::Approval;
use domain::id::SubscriptionId;
use domain::subscription::SubscriptionState;
use leptos::prelude::*;
use operations::products::{self, Shelf};
use operations::subscriptions::{self, Deciders, Detail};
use store::subscription_events::Event;
use store::subscription_lines::Line;

use super::application::{id as id_of, subscriptions::standing};
use super::typed::sentence;
use crate::components::crumbs::crumbs;
use crate::components::icon::icon;
use crate::components::moment::moment;
use crate::components::notice::notice;
use crate::components::state::Tone;
use crate::failure::PageError;
use crate::form::lead_to;
use crate::page::Page;

/// The page.
pub(crate) async fn get(page: Page, Path(id): Path<String>) -> Result<Response, PageError> {
    let id: SubscriptionId = signed_in(&page, &id)?;
    let (platform, actor) = (&page.portal.platform, &page.actor);
    let detail = subscriptions::find(platform, actor, id).await?;
    let deciders = subscriptions::who_decides(platform, actor, detail.line.product_id).await?;
    // What is off the shelf can be subscribed to all the same; then nothing is offered beside it.
    let shelf = products::shelf(platform, actor, detail.line.product_id)
        .await
        .ok();
    let line = &detail.line;
    let title = format!(
        "{}, {}",
        line.product_name.as_str(),
        line.plan_name.as_str()
    );
    Ok(page.show(&title, || {
        view(&page, &title, &detail, &deciders, shelf.as_ref())
    }))
}

/// Takes the request back.
pub(crate) async fn withdraw(page: Page, Path(id): Path<String>) -> Result<Response, PageError> {
    let id: SubscriptionId = signed_in(&page, &id)?;
    subscriptions::withdraw(&page.portal.platform, &page.actor, id, None).await?;
    Ok(lead_to(&format!("/subscriptions/{id}")))
}

/// Ends the subscription for good.
pub(crate) async fn cancel(page: Page, Path(id): Path<String>) -> Result<Response, PageError> {
    let id: SubscriptionId = signed_in(&page, &id)?;
    subscriptions::cancel(&page.portal.platform, &page.actor, id, None, "").await?;
    Ok(lead_to(&format!("/subscriptions/{id}")))
}

fn signed_in(page: &Page, id: &str) -> Result<SubscriptionId, PageError> {
    if page.viewer.is_none() {
        return Err(PageError::SignInFirst);
    }
    id_of(id)
}

fn view(
    page: &Page,
    title: &str,
    detail: &Detail,
    deciders: &Deciders,
    shelf: Option<&Shelf>,
) -> AnyView {
    let line = &detail.line;
    let now = page.portal.platform.now();
    let application = format!("/applications/{}", line.application_id);
    let above = [
        ("Applications", "/applications"),
        (line.application_name.as_str(), application.as_str()),
    ];
    let title = title.to_owned();
    let events: Vec<_> = detail
        .events
        .iter()
        .rev()
        .map(|event| {
            let (tone, name) = look(event);
            let note = (!event.note.is_empty())
                .then(|| view! { <p class="muted">{event.note.clone()}</p> });
            view! { <li data-tone=tone>{icon(name)}<div>{what(event)}<br/>{moment(event.at, now)}{note}</div></li> }
        })
        .collect();
    view! {
        <header class="threshold">{crumbs(&above, line.product_name.as_str())}
            <div class="heading">
                <div><h1>{title}</h1><p class="lede">{format!("Asked for by {} for ", line.requested_by_name)}<a href=application.clone()>{line.application_name.as_str().to_owned()}</a>"."</p></div>
                <div class="actions">{actions(line, shelf)}</div>
            </div></header>
        <div class="split"><div>
            {decision(line, deciders)}
            {meanwhile(line, shelf)}
            {answers(line)}
        </div>
        <aside class="aside"><section><h2>"So far"</h2><ol class="timeline">{events}</ol></section>
            {line.waiting.then(|| view! { <section><h2>"If the answer is no"</h2><p class="muted">"You see the reason here, and can ask again with a change. Nothing else of yours is affected."</p></section> })}
        </aside></div>
    }
    .into_any()
}

fn actions(line: &Line, shelf: Option<&Shelf>) -> AnyView {
    let others = shelf.is_some_and(|shelf| shelf.plans.iter().any(|plan| plan.id != line.plan_id));
    let may_change = others && line.state == SubscriptionState::Active && !line.waiting;
    let change = may_change.then(|| {
        let href = format!("/subscriptions/{}/plan", line.id);
        view! { <a class="button" href=href>"Change the plan"</a> }
    });
    view! { {action(line)}{change} }.into_any()
}

fn action(line: &Line) -> Option<AnyView> {
    let base = format!("/subscriptions/{}", line.id);
    if line.waiting {
        let action = format!("{base}/withdraw");
        return Some(view! { <form method="post" action=action><button class="button" data-kind="danger" type="submit">"Withdraw"</button></form> }.into_any());
    }
    line.state.is_open().then(|| {
        let action = format!("{base}/cancel");
        view! {
            <form method="post" action=action data-confirm="End this subscription?" data-tone="bad"
                data-confirm-detail="Calls to it are refused within a second. It can be asked for again.">
                <button class="button" data-kind="danger" type="submit">"End it"</button></form>
        }
        .into_any()
    })
}

fn decision(line: &Line, deciders: &Deciders) -> AnyView {
    let (title, text) = match line.state {
        _ if line.waiting => (headline(line), who(deciders)),
        SubscriptionState::Active => (
            "In force".to_owned(),
            "Every key of the application opens it.".to_owned(),
        ),
        SubscriptionState::Rejected => (
            "The answer was no".to_owned(),
            if line.reason.is_empty() {
                "No reason was given.".to_owned()
            } else {
                format!("“{}”", line.reason)
            },
        ),
        SubscriptionState::Suspended => (
            "Stopped by the platform team".to_owned(),
            format!("Calls are refused until it is resumed. “{}”", line.reason),
        ),
        SubscriptionState::Cancelled | SubscriptionState::Pending => (
            "Ended".to_owned(),
            "It opens nothing any more; it can be asked for again.".to_owned(),
        ),
    };
    let steps = line.waiting.then(|| {
        view! {
            <ol class="steps"><li data-done="">{icon("check")}"Asked"</li><li aria-current="step">"Being read"</li><li>"Decision"</li><li>"Key"</li></ol>
        }
    });
    view! {
        <section class="section"><div class="decision"><p>{standing(line)}</p><h2>{title}</h2><p class="muted">{text}</p>{steps}</div></section>
    }
    .into_any()
}

fn headline(line: &Line) -> String {
    let what = match &line.next_plan_name {
        Some(next) => format!(
            "The change to {} waits for the platform team",
            next.as_str()
        ),
        None => "The platform team decides".to_owned(),
    };
    match line.review_hours {
        hours @ 1.. => format!("{what}, promised within {hours} h"),
        _ => what,
    }
}

fn who(deciders: &Deciders) -> String {
    let people = match deciders.names.as_slice() {
        [] => "An administrator of the platform decides.".to_owned(),
        [one] => format!("{one} can approve it."),
        [first, second] => format!("{first} and {second} can approve it."),
        many => format!("{} people can approve it.", many.len()),
    };
    let usual = deciders.usual.map_or_else(String::new, |usual| {
        format!(
            " Half of the answers come within {}, nine in ten within {}.",
            spoken(usual.median),
            spoken(usual.p90)
        )
    });
    format!("{people}{usual} You get a mail, and this page changes.")
}

/// A length of time, rounded up.
fn spoken(span: Duration) -> String {
    let minutes = span.as_secs().div_ceil(60).max(1);
    match minutes {
        0..=90 => format!("{minutes} min"),
        91..=2_880 => format!("{} h", minutes.div_ceil(60)),
        _ => format!("{} days", minutes.div_ceil(1_440)),
    }
}

/// A plan that starts at once, while one waits; the way to ask again, after a no.
fn meanwhile(line: &Line, shelf: Option<&Shelf>) -> Option<AnyView> {
    let shelf = shelf?;
    let api = shelf.items.first()?.api_slug.as_str().to_owned();
    let subscribe = |plan: String| format!("/apis/{api}/subscribe?plan={plan}");
    if line.waiting && line.next_plan_id.is_nil() {
        let instant = shelf
            .plans
            .iter()
            .find(|plan| plan.approval == Approval::Instant)?;
        let (href, name) = (
            subscribe(instant.id.to_string()),
            instant.name.as_str().to_owned(),
        );
        return Some(
            view! {
                <section class="section"><header><h2>"Meanwhile"</h2></header>
                    <div class="notice" data-tone="plain">{icon("key")}<div>
                        <strong>{format!("Build with {name} now")}</strong>
                        <p>{format!("The plan {name} starts at once, for another application of yours or a new one. Your code stays the same.")}</p>
                        <div class="actions"><a class="button" data-kind="primary" data-size="small" href=href>{format!("Get a {name} key")}</a></div>
                    </div></div></section>
            }
            .into_any(),
        );
    }
    if !line.state.is_open() {
        let href = format!(
            "{}&application={}",
            subscribe(line.plan_id.to_string()),
            line.application_id
        );
        return Some(view! { <section class="section"><a class="button" data-kind="primary" href=href>"Ask again"</a></section> }.into_any());
    }
    (line.state == SubscriptionState::Active).then(|| {
        let text = "The documentation has a way to try each call.";
        let href = format!("/apis/{api}");
        view! { <section class="section">{notice(Tone::Info, "book", "Make the first call", text)}<p><a href=href>"To the documentation"</a></p></section> }.into_any()
    })
}

fn answers(line: &Line) -> Option<AnyView> {
    let answers = if line.next_plan_id.is_nil() {
        &line.answers.0
    } else {
        &line.next_answers.0
    };
    if answers.is_empty() {
        return None;
    }
    let answers: Vec<_> = answers
        .iter()
        .map(|answer| view! { <div><dt>{answer.question.clone()}</dt><dd>{answer.answer.clone()}</dd></div> })
        .collect();
    Some(view! { <section class="section"><header><h2>"What you told them"</h2></header><dl class="facts" data-ruled="">{answers}</dl></section> }.into_any())
}

fn look(event: &Event) -> (Option<&'static str>, &'static str) {
    match event.kind.as_str() {
        "approved" | "started" | "resumed" | "plan_changed" => (Some("good"), "check-circle"),
        "rejected" | "suspended" | "plan_change_rejected" => (Some("bad"), "cross-circle"),
        "cancelled" | "withdrawn" | "plan_change_withdrawn" => (None, "minus"),
        _ => (None, "arrow-right"),
    }
}

fn what(event: &Event) -> String {
    let words = sentence(&event.kind.replace('_', " "));
    match event.actor_name.as_str() {
        "" => words,
        name => format!("{words} by {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_rounded_up() {
        assert_eq!(spoken(Duration::from_secs(1)), "1 min");
        assert_eq!(spoken(Duration::from_secs(4 * 3_600 + 1)), "5 h");
        assert_eq!(spoken(Duration::from_secs(80 * 3_600)), "4 days");
    }
}

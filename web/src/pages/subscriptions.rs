//! `/subscriptions` and `/subscriptions/{id}`: who may call what, and what happened to it.

pub(crate) mod plan;

use askama::Template;
use axum::extract::Path;
use domain::access::Permission;
use domain::id::SubscriptionId;
use domain::subscription::SubscriptionState;
use operations::subscriptions::{self, Detail};
use operations::usage::{self, Only, Preset, Range, Scope};
use store::subscription_lines::{Filter, Line};

use super::products::end::{again, telling};
use crate::admin::{Admin, show};
use crate::answer::{Answer, Fault, done};
use crate::form::{Form, Query, id};
use crate::layout::{Layout, Screen};
use crate::parts::{Confirm, ConfirmPage, Kind, Pages, Threshold};
use crate::say;

#[derive(Template)]
#[template(path = "pages/subscriptions.html")]
struct Subscriptions {
    layout: Layout,
    head: Threshold,
    query: Form,
    lines: Vec<Line>,
    pages: Pages,
}

#[derive(Template)]
#[template(path = "pages/subscription.html")]
struct Subscription {
    layout: Layout,
    head: Threshold,
    detail: Detail,
    may_write: bool,
}

/// The list.
pub(crate) async fn get(admin: Admin, Query(query): Query) -> Answer {
    let plan = match query.some("plan") {
        Some(text) => Some(id(&text)?),
        None => None,
    };
    let filter = Filter {
        state: query.parse("state"),
        plan,
        text: query.some("q"),
        ..Filter::default()
    };
    let page =
        subscriptions::list(&admin.platform, &admin.actor, &filter, &query.paging(50)).await?;
    let shown = say::many(&say::len(&page.items), "subscription", "subscriptions");
    show(&Subscriptions {
        layout: admin.layout("Subscriptions", Some(Screen::Products)),
        head: Threshold::new("Subscriptions").below("Products and plans", "/products"),
        pages: query.pages("/subscriptions", shown, page.next.as_deref()),
        query,
        lines: page.items,
    })
}

/// One of them.
pub(crate) async fn one(admin: Admin, Path(subscription): Path<String>) -> Answer {
    let detail = subscriptions::find(&admin.platform, &admin.actor, id(&subscription)?).await?;
    let title = format!(
        "{} on {}",
        detail.line.application_name, detail.line.plan_name
    );
    show(&Subscription {
        layout: admin.layout(&title, Some(Screen::Products)),
        head: Threshold::new(title)
            .below("Subscriptions", "/subscriptions")
            .lede(format!("Opens {}.", detail.line.product_name))
            .state(say::subscription(&detail.line.state)),
        may_write: admin.may(Permission::ConsumersWrite),
        detail,
    })
}

/// Asks before it is suspended or ended.
pub(crate) async fn ask(admin: Admin, Path((subscription, act)): Path<(String, String)>) -> Answer {
    show(&page(&admin, id(&subscription)?, &act, &Form::default(), None).await?)
}

/// Suspends, resumes or ends it.
pub(crate) async fn act(
    admin: Admin,
    Path((subscription, act)): Path<(String, String)>,
    form: Form,
) -> Answer {
    let subscription: SubscriptionId = id(&subscription)?;
    let (platform, actor) = (&admin.platform, &admin.actor);
    let (seen, why) = (form.parse("version"), form.text("reason"));
    let changed = match act.as_str() {
        "suspend" => subscriptions::suspend(platform, actor, subscription, seen, &why).await,
        "resume" => subscriptions::resume(platform, actor, subscription, seen).await,
        "cancel" => subscriptions::cancel(platform, actor, subscription, seen, &why).await,
        _ => return Err(operations::Error::not_found("page", act).into()),
    };
    match changed {
        Ok(changed) => done(
            &format!("/subscriptions/{subscription}"),
            match changed.state {
                SubscriptionState::Active => "It is in force again; nodes have it within a second",
                SubscriptionState::Suspended => "Suspended: its calls are refused within a second",
                _ => "Ended: its calls are refused within a second",
            },
        ),
        Err(error) => again(page(&admin, subscription, &act, &form, Some(error)).await?),
    }
}

async fn page(
    admin: &Admin,
    id: SubscriptionId,
    act: &str,
    form: &Form,
    error: Option<operations::Error>,
) -> Result<ConfirmPage, Fault> {
    let error = telling(error)?;
    let detail = subscriptions::find(&admin.platform, &admin.actor, id).await?;
    let name = format!(
        "{} on {}",
        detail.line.application_name, detail.line.plan_name
    );
    let (question, consequence, word) = match act {
        "suspend" => (
            format!("Suspend {name}?"),
            "Its calls are refused with 403 within a second, until somebody resumes it. The owner is told why.",
            "Suspend it",
        ),
        "resume" => (
            format!("Resume {name}?"),
            "Its calls pass again within a second. The owner is told.",
            "Resume it",
        ),
        "cancel" => (
            format!("End {name}?"),
            "Its calls are refused within a second, and it does not come back: the owner has to ask anew.",
            "End it",
        ),
        _ => return Err(operations::Error::not_found("page", act).into()),
    };
    let mut impact = Vec::new();
    if admin.may(Permission::UsageRead) {
        let query = usage::Query {
            scope: Scope::Everything,
            range: Range::Last(Preset::Day),
            only: Only {
                subscription: Some(id),
                ..Only::default()
            },
        };
        let report = usage::report(&admin.platform, &admin.actor, &query).await?;
        impact.push((
            "calls in 24 h".to_owned(),
            say::count(&report.totals.requests),
        ));
    }
    let back = format!("/subscriptions/{id}");
    Ok(ConfirmPage {
        layout: admin.layout(&question, Some(Screen::Products)),
        head: Threshold::new(&question)
            .below("Subscriptions", "/subscriptions")
            .below(&name, &back),
        confirm: Confirm {
            id: "act".to_owned(),
            question,
            consequence: consequence.to_owned(),
            impact,
            fields: if act == "resume" {
                Vec::new()
            } else {
                vec![
                    form.field(Kind::Area(3), "reason", "Reason")
                        .hint("The owner reads it."),
                ]
            },
            typed_name: None,
            error,
            action: format!("{back}/{act}"),
            version: Some(detail.line.version),
            keep: "Leave it as it is".to_owned(),
            act: word.to_owned(),
            back: back.clone(),
        },
        api_call: Some(admin.api_call(
            "POST",
            format!("/api/v1/subscriptions/{id}/{act}"),
            (act != "resume").then(|| serde_json::json!({ "reason": form.text("reason") })),
        )),
    })
}

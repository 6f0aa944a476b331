//! `/applications` and `/applications/{id}`: what calls, with its subscriptions and keys.

use askama::Template;
use axum::extract::Path;
use domain::access::Permission;
use domain::id::ApplicationId;
use domain::subscription::ApplicationState;
use operations::applications::{self, Search};
use operations::credentials::{self, Key, KeyState};
use operations::plans::Open;
use operations::subscriptions;
use operations::usage::{self, Preset, QuotaState, Range, RunsOut, Scope};
use store::applications::Line;

use super::apis::overview::stacked;
use super::products::end::{again, telling, typed};
use crate::admin::{Admin, show};
use crate::answer::{Answer, Fault, done};
use crate::form::{Form, Query, id};
use crate::layout::{Layout, Screen};
use crate::parts::{Confirm, ConfirmPage, Kind, Pages, State, Threshold, Tone};
use crate::say;

#[derive(Template)]
#[template(path = "pages/applications.html")]
struct Applications {
    layout: Layout,
    head: Threshold,
    query: Form,
    lines: Vec<Line>,
    pages: Pages,
}

#[derive(Template)]
#[template(path = "pages/application.html")]
struct Application {
    layout: Layout,
    head: Threshold,
    line: Line,
    subscriptions: Vec<store::subscription_lines::Line>,
    keys: Vec<Key>,
    quotas: Vec<QuotaState>,
    chart: Option<String>,
    may_write: bool,
}

/// How a key stands, as a sign.
pub(crate) fn key_state(state: &KeyState) -> State {
    match state {
        KeyState::Active => State::new(Tone::Good, "check-circle", "Active"),
        KeyState::Rotating => State::new(Tone::Warn, "rotate", "Being replaced"),
        KeyState::Expired => State::new(Tone::Plain, "clock", "Expired"),
        KeyState::Revoked => State::new(Tone::Bad, "key-off", "Revoked"),
    }
}

/// A quota with what is used of it, and when it runs out.
fn quota_chart(state: &QuotaState) -> String {
    let note = match state.runs_out {
        RunsOut::Already => "It is used up: calls are refused until the next period.".to_owned(),
        RunsOut::At(at) => format!(
            "At the pace of the last seven days this runs out on {}.",
            charts::format::date_time(at.micros())
        ),
        RunsOut::No => "At the pace of the last seven days it is enough.".to_owned(),
    };
    charts::Quota {
        id: &format!("quota-{}", state.line.id),
        used: state.used,
        limit: state.quota.requests,
        projected: state.projected,
        what: &format!("calls used, {}", state.line.product_name),
        resets: &format!("resets {}", charts::format::date_time(state.to.micros())),
        note: &note,
    }
    .to_html()
}

/// The list.
pub(crate) async fn get(admin: Admin, Query(query): Query) -> Answer {
    let search = Search {
        state: query.parse("state"),
        owner: None,
        text: query.text("q"),
    };
    let page =
        applications::list(&admin.platform, &admin.actor, &search, &query.paging(50)).await?;
    let shown = say::many(&say::len(&page.items), "application", "applications");
    show(&Applications {
        layout: admin.layout("Applications", Some(Screen::Applications)),
        head: Threshold::new("Applications")
            .lede("What calls. Each belongs to a developer and shows its own keys."),
        pages: query.pages("/applications", shown, page.next.as_deref()),
        query,
        lines: page.items,
    })
}

/// One of them.
pub(crate) async fn one(admin: Admin, Path(application): Path<String>) -> Answer {
    let (platform, actor) = (&admin.platform, &admin.actor);
    let id: ApplicationId = id(&application)?;
    let line = applications::find(platform, actor, id).await?;
    let (chart, quotas) = if admin.may(Permission::UsageRead) {
        let query = usage::Query {
            scope: Scope::Application(id),
            range: Range::Last(Preset::Month),
            only: usage::Only::default(),
        };
        let report = usage::report(platform, actor, &query).await?;
        (
            Some(stacked(&report)),
            usage::quotas(platform, actor, id).await?,
        )
    } else {
        (None, Vec::new())
    };
    show(&Application {
        layout: admin.layout(line.name.as_str(), Some(Screen::Applications)),
        head: Threshold::new(line.name.as_str())
            .below("Applications", "/applications")
            .lede(line.description.clone())
            .state(say::application(&line.state)),
        subscriptions: subscriptions::of_application(platform, actor, id).await?,
        keys: credentials::of_application(platform, actor, id).await?,
        quotas,
        chart,
        may_write: admin.may(Permission::ConsumersWrite),
        line,
    })
}

/// Asks before it is suspended, resumed or deleted.
pub(crate) async fn ask(admin: Admin, Path((application, act)): Path<(String, String)>) -> Answer {
    show(&page(&admin, id(&application)?, &act, &Form::default(), None).await?)
}

/// Does it.
pub(crate) async fn act(
    admin: Admin,
    Path((application, act)): Path<(String, String)>,
    form: Form,
) -> Answer {
    let id: ApplicationId = id(&application)?;
    let (platform, actor) = (&admin.platform, &admin.actor);
    let version = form.version();
    let result = match act.as_str() {
        "suspend" => applications::suspend(platform, actor, id, version, &form.text("reason"))
            .await
            .map(|_| ()),
        "resume" => applications::resume(platform, actor, id, version)
            .await
            .map(|_| ()),
        "delete" => {
            let line = applications::find(platform, actor, id).await?;
            match typed(&form, line.name.as_str()) {
                Ok(()) => applications::delete(platform, actor, id, version, Open::Cancel).await,
                Err(error) => Err(error),
            }
        }
        _ => return Err(operations::Error::not_found("page", act).into()),
    };
    match result {
        Ok(()) if act == "delete" => done("/applications", "Deleted the application with its keys"),
        Ok(()) => done(
            &format!("/applications/{id}"),
            if act == "suspend" {
                "Suspended: its calls are refused within a second"
            } else {
                "Its calls pass again within a second"
            },
        ),
        Err(error) => again(page(&admin, id, &act, &form, Some(error)).await?),
    }
}

async fn page(
    admin: &Admin,
    id: ApplicationId,
    act: &str,
    form: &Form,
    error: Option<operations::Error>,
) -> Result<ConfirmPage, Fault> {
    let error = telling(error)?;
    let line = applications::find(&admin.platform, &admin.actor, id).await?;
    let name = line.name.to_string();
    let (question, consequence, word) = match act {
        "suspend" => (
            format!("Suspend {name}?"),
            "Every call of it is refused with 403 within a second. The owner is told why.",
            "Suspend the application",
        ),
        "resume" => (
            format!("Resume {name}?"),
            "Its calls pass again within a second.",
            "Resume the application",
        ),
        "delete" => (
            format!("Delete {name}?"),
            "Its keys stop within a second, and its subscriptions go with it. Usage that was counted stays.",
            "Delete the application",
        ),
        _ => return Err(operations::Error::not_found("page", act).into()),
    };
    let back = format!("/applications/{id}");
    Ok(ConfirmPage {
        layout: admin.layout(&question, Some(Screen::Applications)),
        head: Threshold::new(&question)
            .below("Applications", "/applications")
            .below(&name, &back),
        confirm: Confirm {
            id: "act".to_owned(),
            question,
            consequence: consequence.to_owned(),
            impact: vec![
                (
                    "open subscriptions".to_owned(),
                    say::count(&line.open_subscriptions),
                ),
                ("keys in use".to_owned(), say::count(&line.live_credentials)),
            ],
            fields: if act == "suspend" {
                vec![
                    form.field(Kind::Area(3), "reason", "Reason")
                        .hint("The owner reads it."),
                ]
            } else {
                Vec::new()
            },
            typed_name: (act == "delete").then(|| name.clone()),
            error,
            action: format!("{back}/{act}"),
            version: Some(line.version),
            keep: "Leave it as it is".to_owned(),
            act: word.to_owned(),
            back: back.clone(),
        },
        api_call: Some(if act == "delete" {
            admin.api_call("DELETE", format!("/api/v1/applications/{id}"), None)
        } else {
            admin.api_call("POST", format!("/api/v1/applications/{id}/{act}"), None)
        }),
    })
}

//! `/approvals`: accounts and subscriptions that wait for a decision, the one that is open beside them.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use domain::access::Permission;
use domain::account::AccountState;
use domain::id::{AccountId, SubscriptionId};
use operations::subscriptions::{self, Decision, Inbox};
use operations::{accounts, users};
use store::subscription_events::Event;
use store::subscription_lines::{Filter, Line};

use crate::admin::{Admin, show};
use crate::answer::{self, Answer, Fault, done, sentence};
use crate::form::{Form, Query, id};
use crate::layout::{Layout, Screen};
use crate::parts::{ApiCall, Notice, Pages, Threshold, Tone};
use crate::say;

/// A request that waits for longer than this many microseconds is shown as late.
const LATE: i64 = 12 * 3_600_000_000;

#[derive(Template)]
#[template(path = "pages/approvals.html")]
struct Approvals {
    layout: Layout,
    head: Threshold,
    tab: &'static str,
    query: Form,
    waiting: Vec<Line>,
    decided: Vec<Line>,
    accounts: Vec<users::User>,
    opened: Option<Opened>,
    pages: Pages,
    notice: Option<Notice>,
    may_decide: bool,
    reason: String,
}

struct Opened {
    line: Line,
    events: Vec<Event>,
    history: Vec<Line>,
    grants: String,
    approve: ApiCall,
}

impl Approvals {
    fn is_late(&self, line: &Line) -> bool {
        self.layout.now.micros() - line.requested_at.micros() > LATE
    }

    fn is_open(&self, line: &Line) -> bool {
        self.opened
            .as_ref()
            .is_some_and(|opened| opened.line.id == line.id)
    }

    fn asks_for(&self, line: &Line) -> String {
        match &line.next_plan_name {
            Some(next) if line.waiting => format!(
                "{}, {} instead of {}",
                line.product_name, next, line.plan_name
            ),
            _ => format!("{}, {}", line.product_name, line.plan_name),
        }
    }

    fn first_answer<'a>(&self, line: &'a Line) -> &'a str {
        answers(line)
            .first()
            .map_or("", |answer| answer.answer.as_str())
    }
}

fn answers(line: &Line) -> &[store::subscriptions::Answer] {
    if line.next_answers.0.is_empty() {
        &line.answers.0
    } else {
        &line.next_answers.0
    }
}

/// The inbox; `open` in the query opens one of it.
pub(crate) async fn get(admin: Admin, Query(query): Query) -> Answer {
    show(&page(&admin, query, None, String::new()).await?)
}

/// The inbox with one request open: where mails and notices lead.
pub(crate) async fn one(admin: Admin, Path(subscription): Path<String>) -> Answer {
    let query = Form::of([("open", subscription)]);
    show(&page(&admin, query, None, String::new()).await?)
}

/// Approves or refuses one subscription.
pub(crate) async fn decide(admin: Admin, Path(subscription): Path<String>, form: Form) -> Answer {
    let subscription: SubscriptionId = id(&subscription)?;
    let seen = form.parse("version");
    let reason = form.text("reason");
    let (platform, actor) = (&admin.platform, &admin.actor);
    let decided = if form.get("decision") == "approve" {
        subscriptions::approve(platform, actor, subscription, seen, &reason).await
    } else {
        subscriptions::reject(platform, actor, subscription, seen, &reason).await
    };
    match decided {
        Ok(_) if form.get("decision") == "approve" => {
            done("/approvals", "Approved; the requester is told")
        }
        Ok(_) => done("/approvals", "Refused; the requester reads your reason"),
        Err(error) => {
            let query = Form::of([("open", subscription.to_string())]);
            let page = page(&admin, query, Some(error), reason).await?;
            Ok(answer::page(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// Approves or refuses all that were chosen.
pub(crate) async fn decide_all(admin: Admin, form: Form) -> Answer {
    let mut ids: Vec<SubscriptionId> = Vec::new();
    for text in form.all("chosen") {
        ids.push(id(text)?);
    }
    let reason = form.text("reason");
    if ids.is_empty() {
        let error = operations::Error::WrongState("choose at least one request first".to_owned());
        let page = page(&admin, Form::default(), Some(error), reason).await?;
        return Ok(answer::page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let decision = if form.get("decision") == "approve" {
        Decision::Approve {
            note: reason.clone(),
        }
    } else {
        Decision::Reject {
            reason: reason.clone(),
        }
    };
    let results = subscriptions::decide_all(&admin.platform, &admin.actor, &ids, &decision).await?;
    let all = results.len();
    let failed: Vec<String> = results
        .into_iter()
        .filter_map(|(_, result)| result.err())
        .map(|error| faces::problem::tell(&error))
        .collect();
    match failed.first() {
        None => done(
            "/approvals",
            &format!("Decided {all}; each requester is told"),
        ),
        Some(first) => {
            let told = format!("{} of {all} were not decided: {first}", failed.len());
            let error = operations::Error::WrongState(told);
            let page = page(&admin, Form::default(), Some(error), reason).await?;
            Ok(answer::page(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// Lets an account in, or refuses it.
pub(crate) async fn decide_account(
    admin: Admin,
    Path(account): Path<String>,
    form: Form,
) -> Answer {
    let account: AccountId = id(&account)?;
    let reason = form.text("reason");
    let decided = if form.get("decision") == "approve" {
        accounts::approve(&admin.platform, &admin.actor, account).await
    } else {
        accounts::refuse(&admin.platform, &admin.actor, account, &reason).await
    };
    match decided {
        Ok(()) => done(
            "/approvals?tab=accounts",
            "Decided; the person is told by mail",
        ),
        Err(error) => {
            let query = Form::of([("tab", "accounts".to_owned())]);
            let page = page(&admin, query, Some(error), reason).await?;
            Ok(answer::page(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

async fn page(
    admin: &Admin,
    query: Form,
    error: Option<operations::Error>,
    reason: String,
) -> Result<Approvals, Fault> {
    let notice = match error {
        None => None,
        Some(
            error @ (operations::Error::Invalid(_)
            | operations::Error::WrongState(_)
            | operations::Error::InUse(_)
            | operations::Error::Conflict { .. }),
        ) => Some(
            Notice::new(Tone::Bad, "Not decided").text(sentence(&faces::problem::tell(&error))),
        ),
        Some(error) => return Err(error.into()),
    };
    let (platform, actor) = (&admin.platform, &admin.actor);
    let tab = match query.get("tab") {
        "accounts" => "accounts",
        "decided" => "decided",
        _ => "open",
    };
    let paging = query.paging(50);
    let (mut waiting, mut decided, mut accounts) = (Vec::new(), Vec::new(), Vec::new());
    let next = match tab {
        "accounts" => {
            let filter = users::AccountFilter {
                state: Some(AccountState::PendingApproval),
                ..users::AccountFilter::default()
            };
            let page = users::list(platform, actor, &filter, &paging).await?;
            accounts = page.items;
            page.next
        }
        "decided" => {
            let filter = Filter {
                decided: true,
                ..Filter::default()
            };
            let page = subscriptions::list(platform, actor, &filter, &paging).await?;
            decided = page.items;
            page.next
        }
        _ => {
            let inbox = Inbox {
                product: None,
                text: query.text("q"),
            };
            let page = subscriptions::inbox(platform, actor, &inbox, &paging).await?;
            waiting = page.items;
            page.next
        }
    };
    let opened = match query.some("open") {
        Some(text) => Some(open(admin, id(&text)?).await?),
        None => match waiting.first() {
            Some(line) => Some(open(admin, line.id).await?),
            None => None,
        },
    };
    let shown = match tab {
        "accounts" => say::many(&say::len(&accounts), "account waits", "accounts wait"),
        "decided" => say::many(&say::len(&decided), "decision", "decisions"),
        _ => say::many(&say::len(&waiting), "request is open", "requests are open"),
    };
    Ok(Approvals {
        layout: admin.layout("Approvals", Some(Screen::Approvals)),
        head: Threshold::new("Approvals"),
        tab,
        pages: query.pages("/approvals", shown, next.as_deref()),
        query,
        waiting,
        decided,
        accounts,
        opened,
        notice,
        may_decide: admin.may(Permission::RequestsDecide),
        reason,
    })
}

async fn open(admin: &Admin, id: SubscriptionId) -> Result<Opened, Fault> {
    let (platform, actor) = (&admin.platform, &admin.actor);
    let detail = subscriptions::find(platform, actor, id).await?;
    let history = subscriptions::history(platform, actor, id).await?;
    let asked = if detail.line.next_plan_id.is_nil() {
        detail.line.plan_id
    } else {
        detail.line.next_plan_id
    };
    let plan = operations::plans::find(platform, actor, asked).await?;
    Ok(Opened {
        grants: format!("{}; {}", say::rates(&plan), say::plan_quota(&plan)),
        approve: admin
            .api_call(
                "POST",
                format!("/api/v1/subscriptions/{id}/approve"),
                Some(serde_json::json!({ "reason": "" })),
            )
            .at(detail.line.version),
        line: detail.line,
        events: detail.events,
        history,
    })
}

//! `/developers` and `/developers/{id}`: the people who call.

use askama::Template;
use axum::extract::Path;
use domain::access::Permission;
use domain::account::AccountState;
use domain::id::AccountId;
use operations::applications::{self, Search};
use operations::users::{self, AccountFilter, User};
use operations::{Paging, subscriptions};
use store::subscription_lines::Filter;

use super::products::end::{again, telling};
use crate::admin::{Admin, show};
use crate::answer::{Answer, Fault, done};
use crate::form::{Form, Query, id};
use crate::layout::{Layout, Screen};
use crate::parts::{Confirm, ConfirmPage, Kind, Pages, Threshold};
use crate::say;

#[derive(Template)]
#[template(path = "pages/developers.html")]
struct Developers {
    layout: Layout,
    head: Threshold,
    query: Form,
    people: Vec<User>,
    pages: Pages,
}

#[derive(Template)]
#[template(path = "pages/developer.html")]
struct Developer {
    layout: Layout,
    head: Threshold,
    user: User,
    lines: Vec<store::applications::Line>,
    subscriptions: Vec<store::subscription_lines::Line>,
    may_write: bool,
    may_roles: bool,
}

/// The tabs, with the words of the store.
const STATES: [(&str, &str); 5] = [
    ("", "All"),
    ("active", "Active"),
    ("pending_approval", "Waiting"),
    ("unverified", "Not confirmed"),
    ("suspended", "Suspended"),
];

/// The list.
pub(crate) async fn get(admin: Admin, Query(query): Query) -> Answer {
    let filter = AccountFilter {
        state: query.parse("state"),
        text: query.some("q"),
        ..AccountFilter::default()
    };
    let page = users::list(&admin.platform, &admin.actor, &filter, &query.paging(50)).await?;
    let shown = say::many(&say::len(&page.items), "person", "people");
    show(&Developers {
        layout: admin.layout("Developers", Some(Screen::Developers)),
        head: Threshold::new("Developers"),
        pages: query.pages("/developers", shown, page.next.as_deref()),
        query,
        people: page.items,
    })
}

/// One person.
pub(crate) async fn one(admin: Admin, Path(account): Path<String>) -> Answer {
    let (platform, actor) = (&admin.platform, &admin.actor);
    let id: AccountId = id(&account)?;
    let user = users::find(platform, actor, id).await?;
    let search = Search {
        owner: Some(id),
        ..Search::default()
    };
    let lines = applications::list(platform, actor, &search, &Paging::first(100)).await?;
    let filter = Filter {
        owner: Some(id),
        ..Filter::default()
    };
    let subscribed = subscriptions::list(platform, actor, &filter, &Paging::first(100)).await?;
    show(&Developer {
        layout: admin.layout(&user.name, Some(Screen::Developers)),
        head: Threshold::new(&user.name)
            .below("Developers", "/developers")
            .lede(user.email.clone())
            .state(say::account(&user.state)),
        user,
        lines: lines.items,
        subscriptions: subscribed.items,
        may_write: admin.may(Permission::ConsumersWrite),
        may_roles: admin.may(Permission::SystemWrite),
    })
}

/// Asks before a person is shut out or let in again.
pub(crate) async fn ask(admin: Admin, Path((account, act)): Path<(String, String)>) -> Answer {
    show(&page(&admin, id(&account)?, &act, &Form::default(), None).await?)
}

/// Does it.
pub(crate) async fn act(
    admin: Admin,
    Path((account, act)): Path<(String, String)>,
    form: Form,
) -> Answer {
    let account: AccountId = id(&account)?;
    let result = match act.as_str() {
        "suspend" => {
            let reason = form.text("reason");
            users::suspend(&admin.platform, &admin.actor, account, &reason).await
        }
        "resume" => users::resume(&admin.platform, &admin.actor, account).await,
        _ => return Err(operations::Error::not_found("page", act).into()),
    };
    match result {
        Ok(()) => done(
            &format!("/developers/{account}"),
            if act == "suspend" {
                "Shut out: sessions have ended"
            } else {
                "May sign in again"
            },
        ),
        Err(error) => again(page(&admin, account, &act, &form, Some(error)).await?),
    }
}

async fn page(
    admin: &Admin,
    id: AccountId,
    act: &str,
    form: &Form,
    error: Option<operations::Error>,
) -> Result<ConfirmPage, Fault> {
    let error = telling(error)?;
    let user = users::find(&admin.platform, &admin.actor, id).await?;
    let search = Search {
        owner: Some(id),
        ..Search::default()
    };
    let lines =
        applications::list(&admin.platform, &admin.actor, &search, &Paging::first(100)).await?;
    let (question, consequence, word) = match act {
        "suspend" => (
            format!("Shut {} out?", user.name),
            "All sessions end at once, and the keys of the applications are refused within a second. Nothing is deleted. The person is told by mail.",
            "Shut out",
        ),
        "resume" => (
            format!("Let {} in again?", user.name),
            "The person can sign in again.",
            "Let in again",
        ),
        _ => return Err(operations::Error::not_found("page", act).into()),
    };
    let back = format!("/developers/{id}");
    Ok(ConfirmPage {
        layout: admin.layout(&question, Some(Screen::Developers)),
        head: Threshold::new(&question)
            .below("Developers", "/developers")
            .below(&user.name, &back),
        confirm: Confirm {
            id: "act".to_owned(),
            question,
            consequence: consequence.to_owned(),
            impact: vec![("applications".to_owned(), lines.items.len().to_string())],
            fields: if act == "suspend" {
                vec![form.field(Kind::Area(3), "reason", "Reason")]
            } else {
                Vec::new()
            },
            typed_name: None,
            error,
            action: format!("{back}/{act}"),
            version: None,
            keep: "Leave it as it is".to_owned(),
            act: word.to_owned(),
            back,
        },
        api_call: Some(admin.api_call("POST", format!("/api/v1/accounts/{id}/{act}"), None)),
    })
}

/// Whether the person is not shut out.
fn is_in(user: &User) -> bool {
    user.state != AccountState::Suspended
}

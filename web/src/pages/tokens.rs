//! `/tokens`: bearer tokens of the admin API. Each is shown once.

use std::time::Duration;

use askama::Template;
use axum::extract::Path;
use domain::access::Permission;
use operations::tokens::{self, ApiToken, Created, NewToken, Whose};
use serde_json::json;

use super::products::product_form::refused;
use crate::admin::{Admin, show, show_form};
use crate::answer::{Answer, done};
use crate::form::{Form, Query, id};
use crate::layout::{Layout, Screen};
use crate::parts::{ApiCall, Choice, Field, Kind, Notice, Pages, State, Threshold, Tone};
use crate::say;

#[derive(Template)]
#[template(path = "pages/tokens.html")]
struct Tokens {
    layout: Layout,
    head: Threshold,
    tokens: Vec<ApiToken>,
    pages: Pages,
    everybody: bool,
    may_see_all: bool,
}

#[derive(Template)]
#[template(path = "pages/token_new.html")]
struct NewPage {
    layout: Layout,
    head: Threshold,
    notice: Option<Notice>,
    fields: Vec<Field>,
    form: Form,
    scopes: Vec<Permission>,
    call: ApiCall,
}

#[derive(Template)]
#[template(path = "pages/token_made.html")]
struct Made {
    layout: Layout,
    head: Threshold,
    created: Created,
    url: String,
}

impl Tokens {
    fn state(&self, token: &ApiToken) -> State {
        if token.revoked_at.is_some() {
            State::new(Tone::Bad, "key-off", "Revoked")
        } else if token.expires_at.is_some_and(|at| at <= self.layout.now) {
            State::new(Tone::Plain, "clock", "Expired")
        } else {
            State::new(Tone::Good, "check-circle", "Active")
        }
    }
}

/// The list.
pub(crate) async fn get(admin: Admin, Query(query): Query) -> Answer {
    let everybody = query.get("of") == "everybody";
    let whose = if everybody {
        Whose::Everybodys
    } else {
        Whose::Mine
    };
    let page = tokens::list(&admin.platform, &admin.actor, whose, &query.paging(50)).await?;
    let shown = say::many(&say::len(&page.items), "token", "tokens");
    show(&Tokens {
        layout: admin.layout("API tokens", Some(Screen::Tokens)),
        head: Threshold::new("API tokens")
            .lede("For scripts and pipelines that call the admin API in your name. A token can do no more than you can."),
        pages: query.pages("/tokens", shown, page.next.as_deref()),
        tokens: page.items,
        everybody,
        may_see_all: admin.may(Permission::SystemWrite),
    })
}

/// The form.
pub(crate) async fn new(admin: Admin) -> Answer {
    let form = Form::of([("days", "90".to_owned())]);
    new_page(&admin, form)
}

/// Makes one and shows it, this once.
pub(crate) async fn create(admin: Admin, form: Form) -> Answer {
    let scopes = form
        .all("scope")
        .into_iter()
        .filter_map(|word| word.parse().ok())
        .collect();
    let expires_at = form
        .parse::<u64>("days")
        .filter(|days| *days > 0)
        .map(|days| admin.now() + Duration::from_secs(days.min(3_650) * 86_400));
    let new = NewToken {
        name: form.text("name"),
        scopes,
        expires_at,
        account: None,
    };
    match tokens::create(&admin.platform, &admin.actor, new).await {
        Ok(created) => show(&Made {
            layout: admin.layout("New token", Some(Screen::Tokens)),
            head: Threshold::new("The token is made").below("API tokens", "/tokens"),
            url: admin
                .platform
                .settings
                .admin_url
                .as_str()
                .trim_end_matches('/')
                .to_owned(),
            created,
        }),
        Err(error) => new_page(&admin, form.refused(error)?),
    }
}

/// Takes one back.
pub(crate) async fn revoke(admin: Admin, Path(token): Path<String>) -> Answer {
    match tokens::revoke(&admin.platform, &admin.actor, id(&token)?).await {
        Ok(()) => done("/tokens", "Revoked: the token is refused from now on"),
        Err(error) => refused("/tokens", error),
    }
}

fn new_page(admin: &Admin, form: Form) -> Answer {
    let days = ["7", "30", "90", "365"]
        .into_iter()
        .map(|days| Choice::new(days, format!("{days} days")))
        .chain([Choice::new("0", "never ends")])
        .collect();
    let fields = vec![
        form.field(Kind::Text, "name", "Name")
            .hint("Where it is used: deploy pipeline."),
        form.field(Kind::Select(days), "days", "Good for"),
    ];
    let refs: Vec<&Field> = fields.iter().collect();
    let page = NewPage {
        layout: admin.layout("New token", Some(Screen::Tokens)),
        head: Threshold::new("New token").below("API tokens", "/tokens"),
        notice: form.head(&refs),
        scopes: Permission::ALL
            .iter()
            .copied()
            .filter(|scope| admin.may(*scope))
            .collect(),
        call: admin.api_call(
            "POST",
            "/api/v1/tokens",
            Some(json!({ "name": form.text("name"), "scopes": form.all("scope") })),
        ),
        fields,
        form,
    };
    show_form(page.form.came_back(), &page)
}

//! `/users`: the platform team, its roles, and new members.

use askama::Template;
use axum::extract::Path;
use domain::access::{Permission, Role};
use domain::id::AccountId;
use operations::users::{self, AccountFilter, NewUser, Team, User};
use serde_json::json;

use super::products::product_form::refused;
use crate::admin::{Admin, show, show_form};
use crate::answer::{Answer, done};
use crate::form::{Form, Query, id};
use crate::layout::{Layout, Screen};
use crate::parts::{ApiCall, Field, Kind, Notice, Pages, Threshold};
use crate::say;

#[derive(Template)]
#[template(path = "pages/users.html")]
struct Users {
    layout: Layout,
    head: Threshold,
    people: Vec<User>,
    pages: Pages,
    may_write: bool,
}

#[derive(Template)]
#[template(path = "pages/user.html")]
struct One {
    layout: Layout,
    head: Threshold,
    user: User,
    may_write: bool,
    me: bool,
}

#[derive(Template)]
#[template(path = "pages/user_new.html")]
struct NewPage {
    layout: Layout,
    head: Threshold,
    notice: Option<Notice>,
    fields: Vec<Field>,
    form: Form,
    call: ApiCall,
    mail: bool,
}

#[derive(Template)]
#[template(path = "pages/user_made.html")]
struct Made {
    layout: Layout,
    head: Threshold,
    email: String,
    link: String,
    id: AccountId,
}

/// What a role is for.
pub(crate) fn about(role: &Role) -> &'static str {
    match role {
        Role::Viewer => {
            "sees APIs, plans, consumers, usage and nodes, not the audit log or mails; changes nothing"
        }
        Role::Approver => "decides requests: accounts and subscriptions",
        Role::ApiOwner => "publishes APIs, products, plans and policies",
        Role::Admin => "everything, people and settings included",
    }
}

/// The team.
pub(crate) async fn get(admin: Admin, Query(query): Query) -> Answer {
    let filter = AccountFilter {
        team: Team::Members,
        ..AccountFilter::default()
    };
    let page = users::list(&admin.platform, &admin.actor, &filter, &query.paging(50)).await?;
    let shown = say::many(&say::len(&page.items), "member", "members");
    show(&Users {
        layout: admin.layout("Users and roles", Some(Screen::Users)),
        head: Threshold::new("Users and roles")
            .lede("The platform team. Developers of the portal hold no role."),
        pages: query.pages("/users", shown, page.next.as_deref()),
        people: page.items,
        may_write: admin.may(Permission::SystemWrite),
    })
}

/// One member, or somebody who may become one.
pub(crate) async fn one(admin: Admin, Path(account): Path<String>) -> Answer {
    let user = users::find(&admin.platform, &admin.actor, id(&account)?).await?;
    show(&One {
        layout: admin.layout(&user.name, Some(Screen::Users)),
        head: Threshold::new(&user.name)
            .below("Users and roles", "/users")
            .lede(user.email.clone())
            .state(say::account(&user.state)),
        me: user.id == admin.signed_in.account,
        may_write: admin.may(Permission::SystemWrite),
        user,
    })
}

/// Gives or takes a role.
pub(crate) async fn role(admin: Admin, Path(account): Path<String>, form: Form) -> Answer {
    let account: AccountId = id(&account)?;
    let back = format!("/users/{account}");
    let Some(role) = form.parse::<Role>("role") else {
        return Err(operations::Error::not_found("role", form.get("role")).into());
    };
    let (platform, actor) = (&admin.platform, &admin.actor);
    let changed = if form.is("give") {
        users::assign_role(platform, actor, account, role).await
    } else {
        users::revoke_role(platform, actor, account, role).await
    };
    match changed {
        Ok(()) => done(&back, "The role counts from the next click on"),
        Err(error) => refused(&back, error),
    }
}

/// The form for a new member.
pub(crate) async fn new(admin: Admin) -> Answer {
    if !admin.may(Permission::SystemWrite) {
        return Err(operations::Error::Forbidden {
            permission: Permission::SystemWrite,
        }
        .into());
    }
    let form = Form::of([("role", Role::Viewer.to_string())]);
    new_page(&admin, form)
}

/// Makes the account and mails the link to choose a password.
pub(crate) async fn create(admin: Admin, form: Form) -> Answer {
    let roles = form
        .all("role")
        .into_iter()
        .filter_map(|word| word.parse().ok())
        .collect();
    let new = NewUser {
        email: form.text("email"),
        name: form.text("name"),
        roles,
        password: None,
    };
    match users::create(&admin.platform, &admin.actor, new).await {
        Ok(created) => match created.link {
            Some(link) => show(&Made {
                layout: admin.layout("New user", Some(Screen::Users)),
                head: Threshold::new("The account is made").below("Users and roles", "/users"),
                email: form.text("email"),
                link,
                id: created.id,
            }),
            None => done(
                &format!("/users/{}", created.id),
                "The account is made; the link to choose a password is in the outbox",
            ),
        },
        Err(error) => new_page(&admin, form.refused(error)?),
    }
}

fn new_page(admin: &Admin, form: Form) -> Answer {
    let fields = vec![
        form.field(Kind::Text, "name", "Name"),
        form.field(Kind::Email, "email", "E-mail"),
    ];
    let refs: Vec<&Field> = fields.iter().collect();
    let page = NewPage {
        layout: admin.layout("New user", Some(Screen::Users)),
        head: Threshold::new("New user")
            .below("Users and roles", "/users")
            .lede("A link to choose a password goes to the address. It is good for seven days."),
        notice: form.head(&refs),
        call: admin.api_call(
            "POST",
            "/api/v1/accounts",
            Some(json!({ "name": form.text("name"), "email": form.text("email"), "roles": form.all("role") })),
        ),
        mail: admin.platform.settings.mail == operations::settings::Mail::Smtp,
        fields,
        form,
    };
    show_form(page.form.came_back(), &page)
}

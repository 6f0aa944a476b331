//! `/account`: your name, your password, and where you are signed in.

use askama::Template;
use axum::extract::Path;
use operations::accounts::{self, Profile};
use operations::secrets::Secret;
use operations::sign_in::sessions;
use store::sessions::ListedSession;

use super::products::product_form::refused;
use crate::admin::{Admin, show_form};
use crate::answer::{Answer, done};
use crate::form::{Form, id};
use crate::layout::Layout;
use crate::parts::{Field, Kind, Notice, Threshold};
use crate::say;

#[derive(Template)]
#[template(path = "pages/account.html")]
struct Account {
    layout: Layout,
    head: Threshold,
    notice: Option<Notice>,
    name: Field,
    passwords: Vec<Field>,
    profile: Profile,
    sessions: Vec<ListedSession>,
    here: domain::id::SessionId,
    roles: Vec<domain::access::Role>,
}

/// The page.
pub(crate) async fn get(admin: Admin) -> Answer {
    page(&admin, None).await
}

/// Changes the name.
pub(crate) async fn rename(admin: Admin, form: Form) -> Answer {
    match accounts::rename(&admin.platform, &admin.actor, &form.text("name")).await {
        Ok(()) => done("/account", "Your name is changed"),
        Err(error) => page(&admin, Some(form.refused(error)?)).await,
    }
}

/// Changes the password; other sessions end.
pub(crate) async fn password(admin: Admin, form: Form) -> Answer {
    let changed = accounts::change_password(
        &admin.platform,
        &admin.actor,
        admin.signed_in.session,
        Secret::new(form.get("current")),
        Secret::new(form.get("password")),
    );
    match changed.await {
        Ok(()) => done(
            "/account",
            "The password is changed; your other sessions have ended",
        ),
        Err(error @ operations::Error::SignIn(_)) => {
            let mut form = form;
            form.refuse("current", error.to_string());
            page(&admin, Some(form)).await
        }
        Err(error) => page(&admin, Some(form.refused(error)?)).await,
    }
}

/// Ends one session.
pub(crate) async fn end(admin: Admin, Path(session): Path<String>) -> Answer {
    match sessions::end(&admin.platform, &admin.actor, id(&session)?).await {
        Ok(()) => done("/account", "That session has ended"),
        Err(error) => refused("/account", error),
    }
}

/// Ends all sessions but this one.
pub(crate) async fn end_others(admin: Admin) -> Answer {
    let ended =
        sessions::end_others(&admin.platform, &admin.actor, admin.signed_in.session).await?;
    let ended = i64::try_from(ended).unwrap_or(0);
    done(
        "/account",
        &format!(
            "Signed out elsewhere: {}",
            say::many(&ended, "session", "sessions")
        ),
    )
}

async fn page(admin: &Admin, form: Option<Form>) -> Answer {
    let profile = accounts::profile(&admin.platform, &admin.actor).await?;
    let sessions = sessions::list(&admin.platform, &admin.actor).await?;
    let mut form = form.unwrap_or_default();
    if form.get("name").is_empty() && form.flaw("name").is_none() {
        form.set("name", profile.name.clone());
    }
    let name = form.field(Kind::Text, "name", "Name").autocomplete("name");
    let passwords = vec![
        form.field(Kind::Password, "current", "The password until now")
            .autocomplete("current-password"),
        form.field(Kind::Password, "password", "The new one")
            .autocomplete("new-password")
            .hint("At least 12 characters; a sentence is fine."),
    ];
    let mut refs: Vec<&Field> = passwords.iter().collect();
    refs.push(&name);
    let page = Account {
        layout: admin.layout("Your account", None),
        head: Threshold::new("Your account").lede(profile.email.clone()),
        notice: form.head(&refs),
        here: admin.signed_in.session,
        roles: admin.signed_in.roles.clone(),
        name,
        passwords,
        profile,
        sessions,
    };
    show_form(form.came_back(), &page)
}

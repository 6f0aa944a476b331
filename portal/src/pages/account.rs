//! The own account: its name, its password, and where it is signed in.

mod view;

use axum::extract::Path;
use axum::response::Response;
use domain::id::SessionId;
use faces::session::Visit;
use operations::accounts::{self, Profile};
use operations::secrets::Secret;
use operations::sign_in::{SignedIn, sessions};
use operations::{Error, FieldError};
use serde::Deserialize;
use store::sessions::ListedSession;

use crate::failure::PageError;
use crate::form::{Asked, Submitted, lead_to};
use crate::page::Page;

/// What was done a moment ago.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
}

/// A new name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Rename {
    name: String,
}

/// The old password and the new one.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Passwords {
    current: String,
    password: String,
}

/// What the page shows.
struct Account {
    profile: Profile,
    sessions: Vec<ListedSession>,
    /// The session of this request.
    here: SessionId,
    /// What stands in the field of the name.
    name: String,
    /// What is wrong with a form.
    errors: Vec<FieldError>,
    /// What was done a moment ago.
    done: String,
}

/// `GET /account`
pub(crate) async fn show(
    page: Page,
    visit: Option<Visit>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, PageError> {
    let mut account = read(&page, &signed_in(visit)?).await?;
    account.done = wanted.done;
    Ok(page.show("Your account", || view::view(&page, &account)))
}

/// `POST /account/name`
pub(crate) async fn rename(
    page: Page,
    visit: Option<Visit>,
    Submitted(form): Submitted<Rename>,
) -> Result<Response, PageError> {
    let signed_in = signed_in(visit)?;
    match accounts::rename(&page.portal.platform, &page.actor, &form.name).await {
        Ok(()) => Ok(lead_to("/account?done=name")),
        Err(Error::Invalid(errors)) => {
            let mut account = read(&page, &signed_in).await?;
            account.name = form.name;
            Ok(again(&page, account, errors))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /account/password`: the other sessions end.
pub(crate) async fn password(
    page: Page,
    visit: Option<Visit>,
    Submitted(form): Submitted<Passwords>,
) -> Result<Response, PageError> {
    let signed_in = signed_in(visit)?;
    let subject = format!("password {}", signed_in.account);
    page.portal
        .throttle
        .check(&page.actor.request.ip, &subject)
        .map_err(|throttled| PageError::TooMany {
            seconds: throttled.0.as_secs().max(1),
        })?;
    let changed = accounts::change_password(
        &page.portal.platform,
        &page.actor,
        signed_in.session,
        Secret::new(form.current),
        Secret::new(form.password),
    );
    match changed.await {
        Ok(()) => Ok(lead_to("/account?done=password")),
        Err(Error::Invalid(errors)) => {
            let account = read(&page, &signed_in).await?;
            Ok(again(&page, account, errors))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /account/sessions/{id}/end`
pub(crate) async fn end(page: Page, Path(id): Path<String>) -> Result<Response, PageError> {
    let id = id.parse().map_err(|_| PageError::NotFound)?;
    sessions::end(&page.portal.platform, &page.actor, id).await?;
    Ok(lead_to("/account?done=session"))
}

/// `POST /account/sessions/end-others`
pub(crate) async fn end_others(page: Page, visit: Option<Visit>) -> Result<Response, PageError> {
    let here = signed_in(visit)?.session;
    sessions::end_others(&page.portal.platform, &page.actor, here).await?;
    Ok(lead_to("/account?done=sessions"))
}

fn signed_in(visit: Option<Visit>) -> Result<SignedIn, PageError> {
    visit
        .and_then(|visit| visit.signed_in)
        .ok_or(PageError::SignInFirst)
}

async fn read(page: &Page, signed_in: &SignedIn) -> Result<Account, PageError> {
    let platform = &page.portal.platform;
    let profile = accounts::profile(platform, &page.actor).await?;
    Ok(Account {
        sessions: sessions::list(platform, &page.actor).await?,
        here: signed_in.session,
        name: profile.name.clone(),
        profile,
        errors: Vec::new(),
        done: String::new(),
    })
}

fn again(page: &Page, mut account: Account, errors: Vec<FieldError>) -> Response {
    account.errors = errors;
    page.refuse_form("Your account", || view::view(page, &account))
}

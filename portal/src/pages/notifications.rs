//! Messages for whoever is signed in: what was decided, what needs a look.

mod view;

use axum::extract::Path;
use axum::response::Response;
use operations::{Paging, notifications};
use serde::Deserialize;

use crate::failure::PageError;
use crate::form::{Asked, Submitted, is_own, lead_to};
use crate::page::Page;

/// Which page of the list an address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    after: String,
}

/// Where a read message leads.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Onward {
    next: String,
}

/// `GET /notifications`
pub(crate) async fn show(page: Page, Asked(wanted): Asked<Wanted>) -> Result<Response, PageError> {
    if page.viewer.is_none() {
        return Err(PageError::SignInFirst);
    }
    let paging = Paging {
        after: Some(wanted.after).filter(|after| !after.is_empty()),
        ..Paging::default()
    };
    let messages = notifications::list(&page.portal.platform, &page.actor, &paging).await?;
    let is_first = paging.after.is_none();
    Ok(page.show("Notifications", || view::view(&page, &messages, is_first)))
}

/// `POST /notifications/{id}/read`: marks one as read, and leads to what it is about.
pub(crate) async fn read(
    page: Page,
    Path(id): Path<String>,
    Submitted(onward): Submitted<Onward>,
) -> Result<Response, PageError> {
    let id = id.parse().map_err(|_| PageError::NotFound)?;
    notifications::mark_read(&page.portal.platform, &page.actor, id).await?;
    let next = if is_own(&onward.next) {
        onward.next.as_str()
    } else {
        "/notifications"
    };
    Ok(lead_to(next))
}

/// `POST /notifications/read`: marks all as read.
pub(crate) async fn read_all(page: Page) -> Result<Response, PageError> {
    notifications::mark_all_read(&page.portal.platform, &page.actor).await?;
    Ok(lead_to("/notifications"))
}

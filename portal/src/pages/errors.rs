//! What each code in the gate's problem documents means: the page that its `type` leads to.

mod view;

use axum::extract::Path;
use axum::response::Response;
use domain::Timestamp;
use domain::refusal::Refusal;
use operations::usage::Scope;
use operations::{Paging, request_log};

use crate::failure::PageError;
use crate::page::Page;

/// Whether the reader's own calls met a code in the days that the log is kept.
enum Met {
    /// Nobody is signed in.
    Unknown,
    Never,
    /// The last time.
    Last(Timestamp),
}

/// `GET /errors`
pub(crate) async fn list(page: Page) -> Response {
    page.show("Errors", view::list)
}

/// `GET /errors/{code}`
pub(crate) async fn show(page: Page, Path(code): Path<String>) -> Result<Response, PageError> {
    let refusal: Refusal = code.parse().map_err(|_| PageError::NotFound)?;
    let met = met(&page, refusal).await?;
    Ok(page.show(refusal.explain().title, || view::one(&page, refusal, &met)))
}

async fn met(page: &Page, refusal: Refusal) -> Result<Met, PageError> {
    if page.viewer.is_none() {
        return Ok(Met::Unknown);
    }
    let search = request_log::Search {
        code: Some(refusal.as_str().to_owned()),
        ..request_log::Search::default()
    };
    let platform = &page.portal.platform;
    let latest = Paging::first(1);
    let found = request_log::list(platform, &page.actor, Scope::Own, &search, &latest).await?;
    Ok(found
        .items
        .first()
        .map_or(Met::Never, |request| Met::Last(request.at)))
}

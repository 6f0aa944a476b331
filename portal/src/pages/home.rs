//! The catalogue: every API on offer, shelf by shelf, with a search that works without scripts.

mod filter;
mod model;
mod view;

use axum::response::Response;

use crate::failure::PageError;
use crate::form::Asked;
use crate::page::Page;
use filter::Filter;
use model::Catalogue;

/// `GET /`
pub(crate) async fn show(page: Page, Asked(filter): Asked<Filter>) -> Result<Response, PageError> {
    let catalogue = Catalogue::read(&page, &filter).await?;
    Ok(page.show("APIs", || view::view(&page, &catalogue, &filter)))
}

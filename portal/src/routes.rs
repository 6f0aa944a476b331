//! Every address of the portal: one line a page.

use axum::Router;
use axum::routing::get;

use crate::assets;
use crate::pages;
use crate::server::Portal;

/// The route table.
pub(crate) fn table() -> Router<Portal> {
    Router::new()
        .route("/", get(pages::home::show))
        .route("/assets/{name}", get(assets::serve))
}

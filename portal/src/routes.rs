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
        .route("/apis/{api}", get(pages::api::show))
        .route("/apis/{api}/openapi.json", get(pages::api::json))
        .route("/apis/{api}/openapi.yaml", get(pages::api::yaml))
        .route("/apis/{api}/llms.txt", get(pages::api::llms))
        .route(
            "/apis/{api}/operations/{operation}",
            get(pages::operation::show).post(pages::operation::send),
        )
        .route("/llms.txt", get(pages::api::catalogue_llms))
        .route("/search", get(pages::search::show))
        .route("/assets/{name}", get(assets::serve))
}

//! Every address of the portal: one line a page.

use axum::Router;
use axum::routing::{get, post};

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
        .merge(numbers())
        .merge(account())
        .route("/assets/{name}", get(assets::serve))
}

/// What was called, and why calls were refused.
fn numbers() -> Router<Portal> {
    use pages::{errors, log, usage};
    Router::new()
        .route("/usage", get(usage::show))
        .route("/usage.csv", get(usage::csv))
        .route("/log", get(log::all))
        .route("/applications/{id}/log", get(log::of_application))
        .route("/errors", get(errors::list))
        .route("/errors/{code}", get(errors::show))
}

/// The person's own account and messages.
fn account() -> Router<Portal> {
    use pages::{account, notifications};
    Router::new()
        .route("/account", get(account::show))
        .route("/account/name", post(account::rename))
        .route("/account/password", post(account::password))
        .route("/account/sessions/end-others", post(account::end_others))
        .route("/account/sessions/{id}/end", post(account::end))
        .route("/notifications", get(notifications::show))
        .route("/notifications/read", post(notifications::read_all))
        .route("/notifications/{id}/read", post(notifications::read))
}

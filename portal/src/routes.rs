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
        .route(
            "/apis/{api}/operations/{operation}/call",
            post(pages::operation::call),
        )
        .route(
            "/apis/{api}/operations/{operation}/samples",
            post(pages::operation::filled_samples),
        )
        .route("/llms.txt", get(pages::api::catalogue_llms))
        .route("/search", get(pages::search::show))
        .merge(gates())
        .merge(applications())
        .merge(numbers())
        .merge(account())
        .route("/assets/{name}", get(assets::serve))
}

/// The way in and out.
fn gates() -> Router<Portal> {
    use pages::gate::{forgotten, password, provider, sign_in, sign_out, sign_up, verify};
    Router::new()
        .route("/sign-in", get(sign_in::get).post(sign_in::post))
        .route("/sign-in/{provider}", get(provider::begin))
        .route("/sign-in/{provider}/callback", get(provider::callback))
        .route("/sign-out", post(sign_out::post))
        .route("/sign-up", get(sign_up::get).post(sign_up::post))
        .route("/verify", get(verify::get).post(verify::post))
        .route("/verify/again", get(verify::again).post(verify::send_again))
        .route("/forgotten", get(forgotten::get).post(forgotten::post))
        .route("/reset-password", get(password::get).post(password::post))
        .route("/welcome", get(password::get).post(password::post))
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
    use pages::{account, authorisations, consent, notifications};
    Router::new()
        .route("/oauth/authorize", get(consent::get).post(consent::post))
        .route("/account/authorisations", get(authorisations::show))
        .route(
            "/account/authorisations/{id}/withdraw",
            post(authorisations::withdraw),
        )
        .route("/account", get(account::show))
        .route("/account/name", post(account::rename))
        .route("/account/password", post(account::password))
        .route("/account/sessions/end-others", post(account::end_others))
        .route("/account/sessions/{id}/end", post(account::end))
        .route("/notifications", get(notifications::show))
        .route("/notifications/read", post(notifications::read_all))
        .route("/notifications/{id}/read", post(notifications::read))
}

/// What one owns: applications, keys, subscriptions.
fn applications() -> Router<Portal> {
    use pages::application::{clients, key, keys, settings, subscriptions};
    use pages::{applications as list, subscribe, subscription};
    Router::new()
        .route("/applications", get(list::list))
        .route("/applications/new", get(list::new).post(list::make))
        .route("/applications/{id}", get(keys::get))
        .route("/applications/{id}/keys", get(keys::get).post(keys::make))
        .route(
            "/applications/{id}/clients/new",
            get(clients::get).post(clients::make),
        )
        .route("/applications/{id}/keys/{key}", get(key::get))
        .route("/applications/{id}/keys/{key}/rotate", post(key::rotate))
        .route("/applications/{id}/keys/{key}/extend", post(key::extend))
        .route("/applications/{id}/keys/{key}/revoke", post(key::revoke))
        .route("/applications/{id}/subscriptions", get(subscriptions::get))
        .route(
            "/applications/{id}/settings",
            get(settings::get).post(settings::save),
        )
        .route("/applications/{id}/delete", post(settings::delete))
        .route(
            "/apis/{api}/subscribe",
            get(subscribe::get).post(subscribe::post),
        )
        .route("/subscriptions/{id}", get(subscription::get))
        .route(
            "/subscriptions/{id}/plan",
            get(subscription::plan::get).post(subscription::plan::post),
        )
        .route("/subscriptions/{id}/withdraw", post(subscription::withdraw))
        .route("/subscriptions/{id}/cancel", post(subscription::cancel))
}

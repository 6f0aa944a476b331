//! The table of addresses.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::routing::{get, post};

use crate::answer::Fault;
use crate::dashboard::Dashboard;
use crate::pages::import::upload;
use crate::pages::{
    account, analytics, apis, applications, approvals, assets, audit, certificates, configuration,
    developers, gate, import, keys, live, log, nodes, outbox, overview, policies, products, search,
    settings, subscriptions, tester, tokens, upstreams, users,
};

/// Every address of the dashboard.
pub(crate) fn table() -> Router<Dashboard> {
    let documents = Router::new()
        .route("/import", get(import::bring::get).post(import::bring::post))
        .route(
            "/apis/{api}/{version}/import",
            get(apis::reimport::get).post(apis::reimport::post),
        )
        .layer(DefaultBodyLimit::max(upload::MOST));
    Router::new()
        .merge(documents)
        .merge(gates())
        .merge(publish())
        .merge(people())
        .merge(run())
        .fallback(nowhere)
}

async fn nowhere(uri: Uri) -> Fault {
    operations::Error::not_found("page", uri.path()).into()
}

fn gates() -> Router<Dashboard> {
    Router::new()
        .route("/assets/{name}", get(assets::get))
        .route("/set-up", get(gate::set_up::get).post(gate::set_up::post))
        .route(
            "/sign-in",
            get(gate::sign_in::get).post(gate::sign_in::post),
        )
        .route("/sign-in/with/{provider}", post(gate::provider::begin))
        .route(
            "/sign-in/{provider}/callback",
            get(gate::provider::callback),
        )
        .route("/sign-out", post(gate::sign_out::post))
        .route(
            "/forgotten",
            get(gate::forgotten::get).post(gate::forgotten::post),
        )
        .route(
            "/reset-password",
            get(gate::password::get).post(gate::password::post),
        )
        .route(
            "/welcome",
            get(gate::password::get).post(gate::password::post),
        )
}

fn publish() -> Router<Dashboard> {
    Router::new()
        .route("/", get(overview::get))
        .route("/approvals", get(approvals::get))
        .route("/approvals/decide", post(approvals::decide_all))
        .route(
            "/approvals/accounts/{account}",
            post(approvals::decide_account),
        )
        .route(
            "/approvals/{subscription}",
            get(approvals::one).post(approvals::decide),
        )
        .route(
            "/import/{token}",
            get(import::preview::get).post(import::preview::create),
        )
        .route("/apis", get(apis::list::get))
        .route("/apis/{api}", get(apis::list::newest))
        .route(
            "/apis/{api}/-/edit",
            get(apis::edit::api).post(apis::edit::save_api),
        )
        .route("/apis/{api}/{version}", get(apis::overview::get))
        .route(
            "/apis/{api}/{version}/publish",
            post(apis::lifecycle::publish),
        )
        .route(
            "/apis/{api}/{version}/offer",
            get(apis::offer::get).post(apis::offer::post),
        )
        .route(
            "/apis/{api}/{version}/life/{step}",
            get(apis::lifecycle::ask).post(apis::lifecycle::take),
        )
        .route(
            "/apis/{api}/{version}/import/{token}",
            get(apis::reimport::difference).post(apis::reimport::take),
        )
        .route("/apis/{api}/{version}/routes", get(apis::routes::get))
        .route(
            "/apis/{api}/{version}/routes/new",
            get(apis::route_form::new).post(apis::route_form::create),
        )
        .route(
            "/apis/{api}/{version}/routes/{route}",
            get(apis::route_form::edit).post(apis::route_form::save),
        )
        .route(
            "/apis/{api}/{version}/routes/{route}/switch",
            post(apis::routes::switch),
        )
        .route(
            "/apis/{api}/{version}/routes/{route}/delete",
            post(apis::route_form::delete),
        )
        .route(
            "/apis/{api}/{version}/policies",
            get(policies::bench::version),
        )
        .route("/apis/{api}/{version}/revisions", get(apis::revisions::get))
        .route(
            "/apis/{api}/{version}/revisions/{revision}/revert",
            post(apis::revisions::revert),
        )
        .route(
            "/apis/{api}/{version}/subscriptions",
            get(apis::subscriptions::get),
        )
        .route(
            "/apis/{api}/{version}/settings",
            get(apis::edit::version).post(apis::edit::save_version),
        )
        .route("/apis/{api}/{version}/danger", get(apis::danger::get))
        .route(
            "/apis/{api}/{version}/delete/{what}",
            get(apis::danger::ask_delete).post(apis::danger::delete),
        )
        .route("/tester", get(tester::get))
        .route("/policies", get(policies::bench::global))
        .route(
            "/policies/at/{scope}",
            get(policies::bench::scope).post(policies::act::create),
        )
        .route("/policies/{policy}", post(policies::act::save))
        .route("/policies/{policy}/switch", post(policies::act::switch))
        .route("/policies/{policy}/move", post(policies::act::shift))
        .route("/policies/{policy}/delete", post(policies::act::delete))
        .route("/upstreams", get(upstreams::get))
        .route(
            "/upstreams/-/new",
            get(upstreams::new).post(upstreams::create),
        )
        .route(
            "/upstreams/{upstream}",
            get(upstreams::edit).post(upstreams::save),
        )
        .route(
            "/upstreams/{upstream}/delete",
            get(upstreams::ask_delete).post(upstreams::delete),
        )
        .merge(offer())
}

fn offer() -> Router<Dashboard> {
    Router::new()
        .route("/products", get(products::list::get))
        .route(
            "/products/-/new",
            get(products::product_form::new).post(products::product_form::create),
        )
        .route(
            "/products/{product}",
            get(products::product_form::edit).post(products::product_form::save),
        )
        .route(
            "/products/{product}/publish",
            post(products::product_form::publish),
        )
        .route(
            "/products/{product}/items",
            post(products::product_form::add_item),
        )
        .route(
            "/products/{product}/items/{version}/remove",
            post(products::product_form::remove_item),
        )
        .route(
            "/products/{product}/retire",
            get(products::end::ask_retire).post(products::end::retire),
        )
        .route(
            "/products/{product}/delete",
            get(products::end::ask_delete).post(products::end::delete),
        )
        .route(
            "/products/{product}/plans/new",
            get(products::plan_form::new).post(products::plan_form::create),
        )
        .route(
            "/plans/{plan}",
            get(products::plan_form::edit).post(products::plan_form::save),
        )
        .route("/plans/{plan}/state", post(products::plan_form::set_open))
        .route(
            "/plans/{plan}/retire",
            get(products::plan_end::ask_retire).post(products::plan_end::retire),
        )
        .route(
            "/plans/{plan}/delete",
            get(products::plan_end::ask_delete).post(products::plan_end::delete),
        )
        .route("/subscriptions", get(subscriptions::get))
        .route("/subscriptions/{subscription}", get(subscriptions::one))
        .route(
            "/subscriptions/{subscription}/plan",
            get(subscriptions::plan::get).post(subscriptions::plan::post),
        )
        .route(
            "/subscriptions/{subscription}/{act}",
            get(subscriptions::ask).post(subscriptions::act),
        )
}

fn people() -> Router<Dashboard> {
    Router::new()
        .route("/search", get(search::get))
        .route("/developers", get(developers::get))
        .route("/developers/{account}", get(developers::one))
        .route(
            "/developers/{account}/{act}",
            get(developers::ask).post(developers::act),
        )
        .route("/applications", get(applications::get))
        .route("/applications/{application}", get(applications::one))
        .route(
            "/applications/{application}/{act}",
            get(applications::ask).post(applications::act),
        )
        .route("/keys", get(keys::get))
        .route("/keys/{key}/revoke", get(keys::ask).post(keys::revoke))
        .route("/analytics", get(analytics::get))
        .route("/analytics.csv", get(analytics::csv))
        .route("/analytics.json", get(analytics::json))
        .route("/log", get(log::get))
        .route("/log/{request}", get(log::one))
}

fn run() -> Router<Dashboard> {
    Router::new()
        .route("/nodes", get(nodes::get))
        .route("/live", get(live::get))
        .route("/certificates", get(certificates::list::get))
        .route(
            "/certificate-orders/-/new",
            get(certificates::order::new).post(certificates::order::create),
        )
        .route(
            "/certificate-orders/{order}/retry",
            post(certificates::order::retry),
        )
        .route(
            "/certificate-orders/{order}/delete",
            get(certificates::order::ask_delete).post(certificates::order::delete),
        )
        .route(
            "/certificates/-/new",
            get(certificates::certificate::new).post(certificates::certificate::create),
        )
        .route(
            "/certificates/{certificate}",
            get(certificates::certificate::edit).post(certificates::certificate::save),
        )
        .route(
            "/certificates/{certificate}/delete",
            get(certificates::certificate::ask_delete).post(certificates::certificate::delete),
        )
        .route(
            "/authorities/-/new",
            get(certificates::authority::new).post(certificates::authority::create),
        )
        .route(
            "/authorities/{ca}",
            get(certificates::authority::edit).post(certificates::authority::save),
        )
        .route(
            "/authorities/{ca}/delete",
            get(certificates::authority::ask_delete).post(certificates::authority::delete),
        )
        .route("/nodes/cache/purge", post(nodes::purge))
        .route("/configuration", get(configuration::get))
        .route("/configuration.yaml", get(configuration::download))
        .route("/configuration/check", post(configuration::check))
        .route(
            "/configuration/{declaration}/forget",
            get(configuration::ask_forget).post(configuration::forget),
        )
        .route("/audit", get(audit::get))
        .route("/audit.csv", get(audit::csv))
        .route("/outbox", get(outbox::get))
        .route("/outbox/{mail}", get(outbox::message))
        .route("/outbox/{mail}/retry", post(outbox::retry))
        .route("/users", get(users::get))
        .route("/users/-/new", get(users::new).post(users::create))
        .route("/users/{account}", get(users::one))
        .route("/users/{account}/role", post(users::role))
        .route("/tokens", get(tokens::get))
        .route("/tokens/-/new", get(tokens::new).post(tokens::create))
        .route("/tokens/{token}/revoke", post(tokens::revoke))
        .route("/settings", get(settings::get))
        .route("/account", get(account::get))
        .route("/account/name", post(account::rename))
        .route("/account/password", post(account::password))
        .route("/account/sessions/end-others", post(account::end_others))
        .route("/account/sessions/{session}/end", post(account::end))
}

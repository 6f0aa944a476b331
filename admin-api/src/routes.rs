//! The table of URLs, and of the operations behind them.

use axum::extract::DefaultBodyLimit;
use axum::http::{Method, StatusCode, Uri};
use axum::routing::any;
use axum::{Extension, Router};
use faces::problem::Problem;
use operations::Platform;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::BodyLimit;
use crate::docs;
use crate::etag;
use crate::handlers::{
    accounts, acme_orders, apis, applications, audit, authorisations, cache, cas, certificates,
    config, credentials, declarations, dry_runs, imports, me, nodes, oauth_keys, outbox, plans,
    policies, products, requests, routes, subscriptions, tokens, upstreams, usage, versions,
};
use crate::headings;
use crate::idempotency;
use crate::known::Known;
use crate::openapi::Base;
use crate::state::Admin;

/// The admin API below `/api/v1`, its document at `/openapi.json` and its reference at `/docs`.
pub fn router(platform: Platform) -> Router {
    let (router, document) = table();
    let docs = docs::router(&document, &platform.settings.admin_url);
    let admin = Admin::new(platform, Known::of(&document));
    let keyed = axum::middleware::from_fn_with_state(admin.clone(), idempotency::layer);
    let endpoints = router
        .layer(axum::middleware::from_fn(etag::layer))
        .layer(keyed)
        .route("/api/v1/{*rest}", any(nowhere))
        .method_not_allowed_fallback(wrong_method);
    docs.merge(endpoints).with_state(admin)
}

/// What is not in the table: a problem document, not the dashboard's page.
async fn nowhere(method: Method, uri: Uri) -> Problem {
    let detail = format!(
        "there is no endpoint `{method} {}`; /docs lists all",
        uri.path()
    );
    Problem::new(StatusCode::NOT_FOUND, "not_found", detail)
}

async fn wrong_method(method: Method, uri: Uri) -> Problem {
    let detail = format!(
        "`{}` takes no {method}; /docs lists what it takes",
        uri.path()
    );
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

/// Every endpoint, and the document that describes them.
pub(crate) fn table() -> (Router<Admin>, utoipa::openapi::OpenApi) {
    let (router, mut document) = OpenApiRouter::with_openapi(Base::openapi())
        .nest("/api/v1", endpoints())
        .split_for_parts();
    idempotency::describe(&mut document);
    headings::shorten(&mut document);
    (router, document)
}

fn endpoints() -> OpenApiRouter<Admin> {
    OpenApiRouter::new()
        .routes(routes!(
            accounts::list::list_accounts,
            accounts::create::create_account
        ))
        .routes(routes!(accounts::create_many::create_accounts))
        .routes(routes!(accounts::show::show_account))
        .routes(routes!(accounts::suspend::suspend_account))
        .routes(routes!(accounts::resume::resume_account))
        .routes(routes!(accounts::approve::approve_account))
        .routes(routes!(
            accounts::assign_role::assign_role,
            accounts::revoke_role::revoke_role
        ))
        .routes(routes!(apis::create::create_api, apis::list::list_apis))
        .routes(routes!(
            apis::update::update_api,
            apis::delete::delete_api,
            apis::show::show_api
        ))
        .routes(routes!(apis::add_version::create_version))
        .routes(routes!(
            applications::list::list_applications,
            applications::create::create_application
        ))
        .routes(routes!(applications::create_many::create_applications))
        .routes(routes!(
            applications::show::show_application,
            applications::update::update_application,
            applications::delete::delete_application
        ))
        .routes(routes!(applications::suspend::suspend_application))
        .routes(routes!(applications::resume::resume_application))
        .routes(routes!(
            acme_orders::list::list_acme_orders,
            acme_orders::create::create_acme_order
        ))
        .routes(routes!(
            acme_orders::show::show_acme_order,
            acme_orders::delete::delete_acme_order
        ))
        .routes(routes!(acme_orders::retry::retry_acme_order))
        .routes(routes!(audit::list::list_audit_events))
        .routes(routes!(authorisations::list::list_authorisations))
        .routes(routes!(authorisations::withdraw::withdraw_authorisation))
        .routes(routes!(cache::purge::purge_cache))
        .routes(routes!(cas::list::list_cas, cas::create::create_ca))
        .routes(routes!(
            cas::show::show_ca,
            cas::update::update_ca,
            cas::delete::delete_ca
        ))
        .routes(routes!(
            certificates::list::list_certificates,
            certificates::create::create_certificate
        ))
        .routes(routes!(
            certificates::show::show_certificate,
            certificates::update::update_certificate,
            certificates::delete::delete_certificate
        ))
        .routes(routes!(
            credentials::list::list_credentials,
            credentials::create::create_credential
        ))
        .routes(routes!(credentials::show::show_credential))
        .routes(routes!(credentials::rotate::rotate_credential))
        .routes(routes!(credentials::revoke::revoke_credential))
        .routes(routes!(credentials::revoke_many::revoke_credentials))
        .routes(routes!(declarations::list::list_declarations))
        .routes(routes!(declarations::check::check_declarations))
        .routes(routes!(declarations::forget::forget_declaration))
        .merge(documents())
        .routes(routes!(me::show::show_me))
        .routes(routes!(nodes::list::list_nodes))
        .routes(routes!(oauth_keys::rotate::rotate_oauth_key))
        .routes(routes!(outbox::list::list_messages))
        .routes(routes!(outbox::retry::retry_message))
        .routes(routes!(plans::list::list_plans, plans::create::create_plan))
        .routes(routes!(
            plans::show::show_plan,
            plans::update::update_plan,
            plans::delete::delete_plan
        ))
        .routes(routes!(plans::retire::retire_plan))
        .routes(routes!(
            policies::list::list_policies,
            policies::create::create_policy
        ))
        .routes(routes!(
            policies::show::show_policy,
            policies::update::update_policy,
            policies::delete::delete_policy
        ))
        .routes(routes!(policies::kinds::list_policy_kinds))
        .routes(routes!(policies::effective::list_route_policies))
        .routes(routes!(dry_runs::create::create_dry_run))
        .routes(routes!(
            products::create::create_product,
            products::list::list_products
        ))
        .routes(routes!(
            products::update::update_product,
            products::delete::delete_product,
            products::show::show_product
        ))
        .routes(routes!(products::publish::publish_product))
        .routes(routes!(products::retire::retire_product))
        .routes(routes!(
            products::add_item::add_product_item,
            products::remove_item::remove_product_item
        ))
        .routes(routes!(requests::list::list_requests))
        .routes(routes!(
            routes::list::list_routes,
            routes::create::create_route
        ))
        .routes(routes!(
            routes::show::show_route,
            routes::update::update_route,
            routes::delete::delete_route
        ))
        .routes(routes!(
            subscriptions::list::list_subscriptions,
            subscriptions::request::request_subscription
        ))
        .routes(routes!(subscriptions::request_many::request_subscriptions))
        .routes(routes!(subscriptions::decide::decide_subscriptions))
        .routes(routes!(subscriptions::show::show_subscription))
        .routes(routes!(subscriptions::approve::approve_subscription))
        .routes(routes!(subscriptions::reject::reject_subscription))
        .routes(routes!(subscriptions::suspend::suspend_subscription))
        .routes(routes!(subscriptions::resume::resume_subscription))
        .routes(routes!(subscriptions::cancel::cancel_subscription))
        .routes(routes!(
            subscriptions::change_plan::change_plan_of_subscription
        ))
        .routes(routes!(
            tokens::list::list_tokens,
            tokens::create::create_token
        ))
        .routes(routes!(tokens::revoke::revoke_token))
        .routes(routes!(
            upstreams::create::create_upstream,
            upstreams::list::list_upstreams
        ))
        .routes(routes!(
            upstreams::update::update_upstream,
            upstreams::delete::delete_upstream,
            upstreams::show::show_upstream
        ))
        .routes(routes!(usage::report::report_usage))
        .routes(routes!(
            versions::show::show_version,
            versions::update::update_version,
            versions::delete::delete_version
        ))
        .routes(routes!(versions::publish::publish_version))
        .routes(routes!(versions::unpublish::unpublish_version))
        .routes(routes!(versions::retire::retire_version))
        .routes(routes!(versions::deprecate::deprecate_version))
}

/// What takes whole documents, and so larger bodies.
fn documents() -> OpenApiRouter<Admin> {
    OpenApiRouter::new()
        .routes(routes!(
            config::export::export_config,
            config::apply::apply_config
        ))
        .routes(routes!(imports::preview::preview_import))
        .routes(routes!(imports::create::import_api))
        .routes(routes!(imports::compare::compare_document))
        .routes(routes!(
            imports::replace::replace_document,
            imports::download::download_document
        ))
        .layer(DefaultBodyLimit::max(BodyLimit::DOCUMENT.0))
        .layer(Extension(BodyLimit::DOCUMENT))
}

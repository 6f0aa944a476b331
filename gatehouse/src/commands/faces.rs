//! The routers of the two axum faces, with the layers that both have.

use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::get;
use faces::headers::{Hardening, harden};
use faces::origin::TrustedProxies;
use faces::protect;
use faces::throttle::Throttle;
use operations::Platform;
use url::Url;

use crate::config::Config;

/// The admin API, its reference and the dashboard.
pub(crate) fn admin(platform: &Platform, config: &Config) -> anyhow::Result<Router> {
    let dashboard = web::Dashboard {
        platform: platform.clone(),
        throttle: Throttle::new(),
        place: place(&config.portal.publisher),
        stash: web::Stash::default(),
    };
    let router = Router::new()
        .merge(web::router(dashboard))
        .merge(admin_api::router(platform.clone()));
    finish(
        router,
        Router::new(),
        &platform.settings.admin_url,
        &config.admin.trusted_proxies,
        platform,
    )
}

/// What stands beside the mark: nothing where that would only be the mark's own word.
fn place(publisher: &str) -> String {
    match publisher.trim() {
        "Gatehouse" => String::new(),
        publisher => publisher.to_owned(),
    }
}

/// The developer portal, with the OAuth 2 server beside it.
pub(crate) fn portal(platform: &Platform, config: &Config) -> anyhow::Result<Router> {
    let router = portal::server::router(portal::server::Portal::new(
        platform.clone(),
        Throttle::new(),
    ));
    finish(
        router,
        oauth::router(platform.clone()),
        &platform.settings.portal_url,
        &config.portal.trusted_proxies,
        platform,
    )
}

/// `open` is for programs, wherever they run: it takes no cookies, so nothing can be done in a person's name there.
fn finish(
    router: Router,
    open: Router,
    public_url: &Url,
    trusted: &[String],
    platform: &Platform,
) -> anyhow::Result<Router> {
    let hardening = Hardening {
        https: public_url.scheme() == "https",
    };
    let platform = platform.clone();
    Ok(router
        .layer(protect::cross_site(public_url)?)
        .merge(open)
        .route("/health", get(move || ready(platform)))
        .layer(middleware::from_fn_with_state(hardening, harden))
        .layer(middleware::from_fn_with_state(
            TrustedProxies::parse(trusted)?,
            faces::origin::note,
        )))
}

/// 200 while the store answers.
async fn ready(platform: Platform) -> StatusCode {
    let revision = async {
        let mut conn = platform.db.read().await?;
        store::changes::revision(&mut conn).await
    };
    match revision.await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

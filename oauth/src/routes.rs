//! The table of URLs.

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use faces::throttle::Throttle;
use operations::Platform;

use crate::cors;
use crate::endpoints::{introspect, jwks, metadata, revoke, token};
use crate::state::Server;

/// The endpoints, for the portal's process to serve beside the portal. They take no cookies.
pub fn router(platform: Platform) -> Router {
    // programs in browsers come from everywhere; what a server asks about tokens is no business of theirs
    let everywhere = Router::new()
        .route("/oauth/token", post(token::post))
        .route("/oauth/revoke", post(revoke::post))
        .route("/oauth/jwks.json", get(jwks::get))
        .route(
            "/.well-known/oauth-authorization-server",
            get(metadata::get),
        )
        .layer(middleware::from_fn(cors::everywhere));
    Router::new()
        .route("/oauth/introspect", post(introspect::post))
        .merge(everywhere)
        .with_state(Server {
            platform,
            throttle: Throttle::for_programs(),
        })
}

//! The portal as one axum router, for the `gatehouse` binary to serve.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware;
use axum::response::Response;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::failure::{self, PageError};
use crate::routes;

/// What every page of the portal shares.
#[derive(Clone)]
pub struct Portal {
    /// Whose portal it is.
    pub brand: Arc<Brand>,
    /// The address that calls go to: `https://api.harbor.example`.
    pub gateway_url: Arc<str>,
    /// Its scheme, host and port alone: pages may call it.
    pub gateway_origin: Arc<str>,
}

/// How the publisher presents itself.
#[derive(Clone, Debug)]
pub struct Brand {
    /// The publisher's name, in the lintel and in every title.
    pub name: String,
    /// The first line of the catalogue.
    pub headline: String,
    /// One or two sentences below it.
    pub lede: String,
    /// The line at the foot: who answers for this site.
    pub legal: Option<String>,
    /// Terms, privacy, support: words and addresses.
    pub links: Vec<(String, String)>,
}

impl Default for Brand {
    fn default() -> Self {
        Self {
            name: "Gatehouse".to_owned(),
            headline: "APIs to build with".to_owned(),
            lede: "Read all of it without signing in; an account takes about a minute.".to_owned(),
            legal: None,
            links: Vec::new(),
        }
    }
}

/// Who is signed in; the session's layer puts it among the request's extensions.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The name that people know.
    pub name: String,
    /// Notifications that were not read yet.
    pub unread: u64,
}

/// The portal's pages, forms and assets.
pub fn router(portal: Portal) -> Router {
    routes::table()
        .fallback(failure::nowhere)
        .method_not_allowed_fallback(failure::nowhere)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(
            portal.clone(),
            failure::draw,
        ))
        .layer(always("x-content-type-options", "nosniff"))
        .layer(always("x-frame-options", "DENY"))
        .layer(always("referrer-policy", "same-origin"))
        .layer(always("cross-origin-opener-policy", "same-origin"))
        .layer(CompressionLayer::new())
        .with_state(portal)
}

fn always(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(
        HeaderName::from_static(name),
        HeaderValue::from_static(value),
    )
}

/// A panic is a failed page like any other; its message stays in the log.
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    use axum::response::IntoResponse;
    let message = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
    PageError::failed(Panicked(message.unwrap_or_default())).into_response()
}

/// A page's code stopped half-way.
#[derive(Debug, thiserror::Error)]
#[error("panicked: {0}")]
struct Panicked(String);

//! The portal as one axum router, for the `gatehouse` binary to serve.

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use domain::account::Face;
use faces::cookie::Cookies;
use faces::session::Front;
use faces::throttle::Throttle;
use operations::Platform;
use operations::settings::Settings;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::failure::{self, PageError};
use crate::routes;

/// What every page of the portal shares.
#[derive(Clone)]
pub struct Portal {
    /// What pages ask and what forms change.
    pub platform: Platform,
    /// Slows down whoever guesses.
    pub throttle: Throttle,
    /// Whose portal it is.
    pub brand: Arc<Brand>,
}

impl Portal {
    /// A portal of this platform, under its publisher's name.
    #[must_use]
    pub fn new(platform: Platform, throttle: Throttle) -> Self {
        let brand = Arc::new(Brand::of(&platform.settings));
        Self {
            platform,
            throttle,
            brand,
        }
    }

    /// The address that calls go to: `https://api.harbor.example`.
    #[must_use]
    pub fn gateway_url(&self) -> &str {
        self.platform
            .settings
            .gateway_url
            .as_str()
            .trim_end_matches('/')
    }
}

impl Front for Portal {
    fn platform(&self) -> &Platform {
        &self.platform
    }

    fn cookies(&self) -> Cookies {
        let is_https = self.platform.settings.portal_url.scheme() == "https";
        Cookies::new(Face::Portal, is_https)
    }
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
    /// At the foot: words and addresses.
    pub links: Vec<(String, String)>,
}

impl Brand {
    fn of(settings: &Settings) -> Self {
        let support = &settings.support_email;
        let links = if support.is_empty() {
            Vec::new()
        } else {
            vec![("Support".to_owned(), format!("mailto:{support}"))]
        };
        Self {
            name: settings.publisher_name.clone(),
            headline: "APIs to build with".to_owned(),
            lede: "Read all of it without signing in; an account takes about a minute.".to_owned(),
            links,
        }
    }
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
        .layer(CompressionLayer::new())
        .with_state(portal)
}

/// A panic is a failed page like any other; its message stays in the log.
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
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

//! Protection against requests that other sites make in a person's name (CSRF), without tokens.
//!
//! Browsers say with `Sec-Fetch-Site` and `Origin` which site a request comes from; one from elsewhere that changes
//! something is refused.

use tower_http::csrf::{ConfigError, CsrfLayer};

/// The layer for a face with this public URL. Behind a proxy that rewrites `Host`, the public origin is what counts.
pub fn cross_site(public_url: &url::Url) -> Result<CsrfLayer, ConfigError> {
    CsrfLayer::new().add_trusted_origin(public_url.origin().ascii_serialization())
}

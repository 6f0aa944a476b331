//! `GET /oauth/jwks.json` (RFC 7517)

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use operations::oauth::OauthError;

use crate::refused::Refused;
use crate::state::Server;

/// The public keys. May be kept for five minutes: a new key is shown for longer before it signs.
pub(crate) async fn get(State(server): State<Server>) -> Result<Response, Refused> {
    let keys = operations::oauth::jwks(&server.platform).await;
    let keys = keys.map_err(|error| Refused::Oauth {
        error: OauthError::from(error),
        by_header: false,
    })?;
    let kept = HeaderValue::from_static("public, max-age=300");
    Ok(([(header::CACHE_CONTROL, kept)], Json(keys)).into_response())
}

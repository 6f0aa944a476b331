//! `GET /oauth/jwks.json` (RFC 7517)

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::refused::Refused;
use crate::state::Server;

/// The public keys. May be kept for five minutes: a new key is shown for longer before it signs.
pub(crate) async fn get(State(server): State<Server>) -> Result<Response, Refused> {
    let keys = operations::oauth::jwks(&server.platform).await?;
    let kept = HeaderValue::from_static("public, max-age=300");
    Ok(([(header::CACHE_CONTROL, kept)], Json(keys)).into_response())
}

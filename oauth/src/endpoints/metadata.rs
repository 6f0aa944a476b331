//! `GET /.well-known/oauth-authorization-server` (RFC 8414)

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::refused::Refused;
use crate::state::Server;

/// What a client library needs to know to begin.
pub(crate) async fn get(State(server): State<Server>) -> Result<Response, Refused> {
    let metadata = operations::oauth::metadata(&server.platform).await?;
    let kept = HeaderValue::from_static("public, max-age=300");
    Ok(([(header::CACHE_CONTROL, kept)], Json(metadata)).into_response())
}

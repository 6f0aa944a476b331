//! `GET /.well-known/oauth-authorization-server` (RFC 8414)

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::state::Server;

/// What a client library needs to know to begin.
pub(crate) async fn get(State(server): State<Server>) -> Response {
    let metadata = operations::oauth::metadata(&server.platform.settings);
    let kept = HeaderValue::from_static("public, max-age=300");
    ([(header::CACHE_CONTROL, kept)], Json(metadata)).into_response()
}

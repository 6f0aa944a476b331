//! An upstream that answers with what it was asked.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Headers of a request that begin so are headers of its answer, without it.
const ANSWER: &str = "x-answer-";

/// Listens on loopback until the test ends.
pub(crate) async fn start() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(answer).with_state(Arc::default());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn answer(
    State(count): State<Arc<AtomicU64>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut told: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut answered = HeaderMap::new();
    answered.insert("x-powered-by", HeaderValue::from_static("echo"));
    for (name, value) in &headers {
        told.entry(name.as_str())
            .or_default()
            .push(value.to_str().unwrap());
        if let Some(name) = name.as_str().strip_prefix(ANSWER) {
            answered.insert(HeaderName::try_from(name).unwrap(), value.clone());
        }
    }
    let body = json!({
        "count": count.fetch_add(1, Ordering::Relaxed),
        "method": method.as_str(),
        "path": uri.path(),
        "query": uri.query().unwrap_or_default(),
        "headers": told,
        "body": String::from_utf8_lossy(&body),
    });
    (answered, axum::Json(body)).into_response()
}

//! An upstream that says what it got, and does some of the things that upstreams do.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, Request, State};
use axum::http::header::{IF_NONE_MATCH, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use futures_util::{StreamExt as _, stream};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};

/// The upstream.
#[derive(Clone)]
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    seen: Arc<AtomicU64>,
    /// What `/hold` waits for.
    pub(crate) gate: Arc<Semaphore>,
    /// What `/events` sends next.
    events: Arc<parking_lot::Mutex<Option<mpsc::Receiver<String>>>>,
    /// Whether `/say` answers 503.
    pub(crate) fails: Arc<AtomicBool>,
}

impl Upstream {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
            gate: Arc::new(Semaphore::new(0)),
            events: Arc::default(),
            fails: Arc::default(),
        };
        let router = Router::new()
            .route("/hold", any(hold))
            .route("/events", get(events))
            .route("/say", any(say))
            .route("/cookies", any(cookies))
            .route("/any/mirror", any(mirror))
            .route("/any/say", any(say))
            .route("/any/hold", any(hold))
            .route("/any/broken", any(broken))
            .fallback(echo)
            .with_state(upstream.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        upstream
    }

    /// Requests that arrived.
    pub(crate) fn seen(&self) -> u64 {
        self.seen.load(Ordering::SeqCst)
    }

    /// Makes `/events` send what comes through the answer's channel.
    pub(crate) fn events(&self) -> mpsc::Sender<String> {
        let (sender, receiver) = mpsc::channel(8);
        *self.events.lock() = Some(receiver);
        sender
    }
}

async fn echo(State(upstream): State<Upstream>, request: Request) -> Response {
    upstream.seen.fetch_add(1, Ordering::SeqCst);
    let (parts, body) = request.into_parts();
    let mut length = 0;
    let mut body = body.into_data_stream();
    while let Some(piece) = body.next().await {
        match piece {
            Ok(piece) => length += piece.len(),
            Err(_) => return axum::http::StatusCode::BAD_REQUEST.into_response(),
        }
    }
    let headers: serde_json::Map<String, serde_json::Value> = parts
        .headers
        .keys()
        .map(|name| {
            let values: Vec<&str> = parts
                .headers
                .get_all(name)
                .iter()
                .map(|v| v.to_str().unwrap())
                .collect();
            (name.to_string(), json!(values.join("\n")))
        })
        .collect();
    let told = json!({ "method": parts.method.as_str(), "target": parts.uri.to_string(), "headers": headers, "length": length });
    ([("server", "secret/1.0")], axum::Json(told)).into_response()
}

/// Answers with the headers that the query names, and 304 when the caller has the `etag` that it names.
async fn say(
    State(upstream): State<Upstream>,
    Query(said): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let number = upstream.seen.fetch_add(1, Ordering::SeqCst) + 1;
    if upstream.fails.load(Ordering::SeqCst) {
        return (StatusCode::SERVICE_UNAVAILABLE, "broken").into_response();
    }
    let known = headers.get(IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let mut answer = match said.get("etag") {
        Some(etag) if known == Some(etag) => StatusCode::NOT_MODIFIED.into_response(),
        _ => format!("answer {number}").into_response(),
    };
    for (name, value) in &said {
        let name = HeaderName::try_from(name.as_str()).unwrap();
        answer.headers_mut().insert(name, value.parse().unwrap());
    }
    answer
}

/// The body as it came, whatever it was called.
async fn mirror(State(upstream): State<Upstream>, request: Request) -> Response {
    upstream.seen.fetch_add(1, Ordering::SeqCst);
    let (parts, body) = request.into_parts();
    let kind = parts.headers.get("content-type").cloned();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        return axum::http::StatusCode::BAD_REQUEST.into_response();
    };
    let mut answer = ([("etag", "\"1\"")], body).into_response();
    if let Some(kind) = kind {
        answer.headers_mut().insert("content-type", kind);
    }
    answer
}

async fn broken(State(upstream): State<Upstream>) -> Response {
    upstream.seen.fetch_add(1, Ordering::SeqCst);
    (StatusCode::SERVICE_UNAVAILABLE, "broken").into_response()
}

async fn hold(State(upstream): State<Upstream>) -> &'static str {
    upstream.seen.fetch_add(1, Ordering::SeqCst);
    upstream.gate.acquire().await.unwrap().forget();
    "held"
}

async fn events(State(upstream): State<Upstream>) -> Response {
    upstream.seen.fetch_add(1, Ordering::SeqCst);
    let receiver = upstream
        .events
        .lock()
        .take()
        .expect("events were asked for");
    let pieces = stream::unfold(receiver, |mut receiver| async {
        let text = receiver.recv().await?;
        Some((Ok::<_, std::io::Error>(Bytes::from(text)), receiver))
    });
    (
        [("content-type", "text/event-stream")],
        Body::from_stream(pieces),
    )
        .into_response()
}

async fn cookies(State(upstream): State<Upstream>) -> Response {
    upstream.seen.fetch_add(1, Ordering::SeqCst);
    let mut answer = "cookies".into_response();
    for cookie in [
        "own=1",
        "__Host-gatehouse-portal=stolen; Path=/",
        "gatehouse-admin=stolen",
    ] {
        answer
            .headers_mut()
            .append(SET_COOKIE, cookie.parse().unwrap());
    }
    answer
}

/// A server that takes any WebSocket handshake and sends back what it gets.
pub(crate) async fn web_socket() -> SocketAddr {
    raw(|mut stream, _head| async move {
        let answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
        stream.write_all(answer).await.unwrap();
        let mut buffer = [0; 256];
        while let Ok(count) = stream.read(&mut buffer).await {
            if count == 0 || stream.write_all(&buffer[..count]).await.is_err() {
                break;
            }
        }
    })
    .await
}

/// A server that answers each connection with these bytes and closes.
pub(crate) async fn canned(answer: &'static str) -> SocketAddr {
    raw(move |mut stream, _head| async move {
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await
}

async fn raw<F>(
    serve: impl Fn(tokio::net::TcpStream, Vec<u8>) -> F + Send + Sync + 'static,
) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => break,
                }
            }
            tokio::spawn(serve(stream, head));
        }
    });
    address
}

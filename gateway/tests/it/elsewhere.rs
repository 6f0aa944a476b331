//! The services that policies ask beside the upstream: an identity provider, a token endpoint, a decision point, and the smaller
//! services that a composite calls. It remembers who asked for what.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::tokens::Issuer;

/// The services.
#[derive(Clone)]
pub(crate) struct Elsewhere {
    pub(crate) address: SocketAddr,
    /// Signs the tokens of the identity provider.
    pub(crate) issuer: Arc<Issuer>,
    asked: Arc<Mutex<HashMap<String, usize>>>,
}

impl Elsewhere {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let elsewhere = Self {
            address: listener.local_addr().unwrap(),
            issuer: Arc::new(Issuer::new()),
            asked: Arc::default(),
        };
        let router = Router::new()
            .route(
                "/realms/harbor/.well-known/openid-configuration",
                get(discovery),
            )
            .route("/keys.json", get(keys))
            .route("/oauth/introspect", post(introspect))
            .route("/oauth/token", post(token))
            .route("/verify", any(verify))
            .route("/v1/data/gateway/decision", post(decide))
            .route("/customers/{id}", get(customer))
            .route("/stock", get(stock))
            .route("/orders", get(orders))
            .fallback(other)
            .with_state(elsewhere.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        elsewhere
    }

    /// Where it is, as an origin.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How often a path was asked for.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.asked.lock().get(path).copied().unwrap_or(0)
    }

    fn note(&self, path: &str) {
        *self.asked.lock().entry(path.to_owned()).or_default() += 1;
    }
}

async fn discovery(State(here): State<Elsewhere>) -> axum::Json<Value> {
    here.note("discovery");
    let (issuer, keys) = (
        format!("{}/realms/harbor", here.origin()),
        format!("{}/keys.json", here.origin()),
    );
    axum::Json(json!({ "issuer": issuer, "jwks_uri": keys }))
}

async fn keys(State(here): State<Elsewhere>) -> axum::Json<Value> {
    here.note("keys");
    axum::Json(json!({ "keys": [here.issuer.jwk()] }))
}

async fn introspect(State(here): State<Elsewhere>, headers: HeaderMap, body: String) -> Response {
    here.note("introspect");
    if !headers.contains_key("authorization") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let answer = if body.contains("token=good") {
        json!({ "active": true, "client_id": "crane", "scope": "containers:read", "exp": 4_000_000_000_u64 })
    } else {
        json!({ "active": false })
    };
    axum::Json(answer).into_response()
}

async fn token(State(here): State<Elsewhere>) -> axum::Json<Value> {
    here.note("token");
    axum::Json(
        json!({ "access_token": "of-the-gateway", "token_type": "Bearer", "expires_in": 3600 }),
    )
}

async fn verify(headers: HeaderMap) -> Response {
    let cookie = headers.get("cookie").and_then(|v| v.to_str().ok());
    let asked = headers.get("x-forwarded-uri").and_then(|v| v.to_str().ok());
    if cookie == Some("session=good") && asked.is_some_and(|uri| uri.starts_with("/shop/")) {
        return (
            [
                ("x-user", "ada"),
                ("x-roles", "admin"),
                ("x-other", "stays"),
            ],
            "",
        )
            .into_response();
    }
    (StatusCode::UNAUTHORIZED, "sign in first").into_response()
}

async fn decide(axum::Json(question): axum::Json<Value>) -> axum::Json<Value> {
    let input = &question["input"];
    let is_reading = input["method"] == "GET" && input["path"][0] == "shop";
    axum::Json(json!({ "result": {
        "allow": is_reading && !input["caller"]["application"].is_null(),
        "headers": { "X-Department": "sales", "X-Other": "stays" },
        "message": "only reading is allowed",
    } }))
}

async fn customer(uri: Uri) -> axum::Json<Value> {
    let number = uri.path().rsplit('/').next().unwrap_or_default().to_owned();
    axum::Json(json!({ "name": "Ada", "account": format!("account-{number}") }))
}

async fn stock(Query(query): Query<HashMap<String, String>>) -> Response {
    match query.get("region").map(String::as_str) {
        Some("closed") => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        region => axum::Json(json!({ "items": [region] })).into_response(),
    }
}

async fn orders(Query(query): Query<HashMap<String, String>>) -> axum::Json<Value> {
    axum::Json(json!({ "items": [query.get("account")] }))
}

/// Anything else: another upstream, which says that it is another.
async fn other(State(here): State<Elsewhere>, request: Request) -> Response {
    here.note("other");
    if request.headers().contains_key("x-gatehouse-mirror") {
        here.note("mirror");
    }
    let _ = axum::body::to_bytes(request.into_body(), 1 << 20)
        .await
        .unwrap_or_else(|_| Bytes::new());
    (
        [("x-from", "elsewhere")],
        axum::Json(json!({ "from": "elsewhere" })),
    )
        .into_response()
}

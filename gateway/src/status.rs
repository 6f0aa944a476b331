//! The status listener: liveness, readiness, the node's state in JSON, and metrics for Prometheus.

use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use domain::Timestamp;
use gateway_snapshot::failures::PolicyFailures;
use gateway_snapshot::problem::Problem;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use crate::cached::Cached;
use crate::engine::Engine;
use crate::listen::ListenError;
use crate::metrics;
use crate::upstreams::{self, UpstreamReport};
use crate::usage::{FlushState, WorkerUsage};

/// What the status knows.
#[derive(Clone)]
pub(crate) struct Board {
    engine: Arc<Engine>,
    workers: Vec<Arc<WorkerUsage>>,
    flush: Arc<FlushState>,
}

/// How the node is.
#[derive(Debug, Serialize)]
pub(crate) struct Status {
    node: String,
    name: String,
    version: &'static str,
    public_url: Option<String>,
    ready: bool,
    stopping: bool,
    started_at: Timestamp,
    database_connected: bool,
    pub(crate) revision: i64,
    newest_revision: i64,
    /// Revisions behind the newest that is known.
    pub(crate) lag: i64,
    pub(crate) routes: usize,
    pub(crate) credentials: usize,
    pub(crate) applications: usize,
    /// Another process that says it is this node.
    identity_problem: Option<String>,
    snapshot_problem: Option<String>,
    pub(crate) requests_total: u64,
    pub(crate) panics_total: u64,
    pub(crate) handshakes_failed_total: u64,
    pub(crate) connections_turned_away_total: u64,
    pub(crate) direct_exchanges_total: u64,
    pub(crate) journal_bytes: u64,
    journal_problem: Option<String>,
    flushed_at: Option<Timestamp>,
    flush_problem: Option<String>,
    pub(crate) log_left_out_total: u64,
    /// Of the kinds of policies that could not do their work at some time.
    pub(crate) policy_failures: Vec<PolicyFailures>,
    /// What of the configuration is not in force.
    pub(crate) problems: Vec<Problem>,
    pub(crate) upstreams: Vec<UpstreamReport>,
    pub(crate) cache: Cached,
}

impl Board {
    pub(crate) fn status(&self) -> Status {
        let node = &self.engine.node;
        let live = self.engine.live.status();
        let (flushed_at, flush_problem) = self.flush.read();
        let revision = node.revision.load(Ordering::Acquire);
        let newest = node.newest.load(Ordering::Acquire);
        let sum = |of: fn(&WorkerUsage) -> u64| self.workers.iter().map(|w| of(w)).sum();
        Status {
            node: node.id.to_string(),
            name: node.name.clone(),
            version: env!("CARGO_PKG_VERSION"),
            public_url: self.engine.config.gateway_url.as_ref().map(Url::to_string),
            ready: node.is_ready(),
            stopping: node.stopping.load(Ordering::Acquire),
            started_at: node.started_at,
            database_connected: node.connected.load(Ordering::Acquire),
            revision,
            newest_revision: newest,
            lag: (newest - revision).max(0),
            routes: live.routes,
            credentials: live.credentials,
            applications: live.applications,
            identity_problem: node.double.lock().clone(),
            snapshot_problem: node.snapshot_problem.lock().clone(),
            requests_total: sum(WorkerUsage::requests),
            panics_total: sum(WorkerUsage::panics),
            handshakes_failed_total: sum(WorkerUsage::handshakes_failed),
            connections_turned_away_total: sum(WorkerUsage::connections_turned_away),
            direct_exchanges_total: sum(WorkerUsage::direct_exchanges),
            journal_bytes: self.engine.recorder.backlog(),
            journal_problem: self.engine.recorder.problem(),
            flushed_at,
            flush_problem,
            log_left_out_total: sum(WorkerUsage::log_left_out),
            policy_failures: self.engine.live.policy_failures(),
            problems: live.problems.clone(),
            upstreams: upstreams::report(&self.engine.live),
            cache: Cached::of(&self.engine.services.cache),
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.engine.node.is_ready()
    }
}

/// Listens on an address, or goes on with the socket of the gateway before.
pub(crate) async fn bind(
    address: SocketAddr,
    inherited: Option<OwnedFd>,
) -> Result<TcpListener, ListenError> {
    let listen = async {
        let Some(socket) = inherited else {
            return TcpListener::bind(address).await;
        };
        let listener = std::net::TcpListener::from(socket);
        listener.set_nonblocking(true)?;
        TcpListener::from_std(listener)
    };
    listen
        .await
        .map_err(|source| ListenError { address, source })
}

/// Listens; the task ends with the gateway.
pub(crate) fn serve(
    listener: TcpListener,
    engine: Arc<Engine>,
    workers: Vec<Arc<WorkerUsage>>,
    flush: Arc<FlushState>,
) -> JoinHandle<()> {
    let board = Board {
        engine,
        workers,
        flush,
    };
    let router = Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/status", get(status))
        .route("/metrics", get(scrape))
        .with_state(board);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the status listener ended");
        }
    })
}

async fn health() -> &'static str {
    "ok\n"
}

async fn ready(State(board): State<Board>) -> Response {
    if board.is_ready() {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
    }
}

async fn status(State(board): State<Board>) -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(board.status())).into_response()
}

async fn scrape(State(board): State<Board>) -> Response {
    match metrics::text(&board.status()) {
        Ok(text) => ([(CONTENT_TYPE, metrics::MEDIA_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

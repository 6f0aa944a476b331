//! What is known of the connection that a request came on, for the request's own context.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::time::Instant;

use crate::tls::Secured;

/// What is known of a connection.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// Its handshake; `None` in the clear.
    pub(crate) secured: Option<Secured>,
    /// Set when it becomes a WebSocket.
    pub(crate) web_socket: Arc<AtomicBool>,
}

impl Facts {
    pub(super) fn secured(secured: Secured) -> Self {
        Self {
            secured: Some(secured),
            web_socket: Arc::default(),
        }
    }
}

/// One request that passes.
pub(super) struct Passing {
    facts: Arc<Facts>,
    headers_read: Cell<bool>,
    body: Cell<Body>,
}

/// How far the request's body is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Body {
    /// The last piece came then.
    Since(Instant),
    /// All of it is here, or it is no body that has an end.
    Complete,
}

tokio::task_local! {
    pub(super) static PASSING: Passing;
}

impl Passing {
    pub(super) fn new(facts: Arc<Facts>) -> Self {
        Self {
            facts,
            headers_read: Cell::new(false),
            body: Cell::new(Body::Since(Instant::now())),
        }
    }

    pub(super) fn are_headers_read() -> bool {
        PASSING.with(|passing| passing.headers_read.get())
    }

    pub(super) fn body() -> Body {
        PASSING.with(|passing| passing.body.get())
    }
}

/// Tells the connection that its request's headers are complete, so that their deadline no longer counts.
pub(crate) fn headers_read() {
    // outside of a connection (never in production) there is nothing to tell
    let _ = PASSING.try_with(|passing| passing.headers_read.set(true));
}

/// Tells the connection that a piece of the request's body passed, or its end.
pub(crate) fn body_passed(end: bool) {
    let body = if end {
        Body::Complete
    } else {
        Body::Since(Instant::now())
    };
    let _ = PASSING.try_with(|passing| passing.body.set(body));
}

/// The connection of the request that is served.
pub(crate) fn facts() -> Arc<Facts> {
    PASSING
        .try_with(|passing| passing.facts.clone())
        .unwrap_or_default()
}

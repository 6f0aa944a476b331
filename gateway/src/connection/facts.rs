//! What is known of the connection that a request came on, for the request's own context.

use std::cell::Cell;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use http::HeaderValue;
use tokio::time::Instant;

use crate::context::Context;
use crate::tls::Secured;

/// What is known of a connection.
#[derive(Debug)]
pub(crate) struct Facts {
    /// Its other end, or whom a trusted proxy named as that.
    pub(crate) peer: IpAddr,
    /// The same as text.
    pub(crate) peer_text: HeaderValue,
    /// The peer may say where requests came from.
    pub(crate) trusted: bool,
    /// Its handshake; `None` in the clear.
    pub(crate) secured: Option<Secured>,
    /// Set when it becomes a WebSocket.
    pub(crate) web_socket: Arc<AtomicBool>,
}

impl Facts {
    pub(super) fn new(peer: IpAddr, trusted: bool, secured: Option<Secured>) -> Self {
        let peer = peer.to_canonical();
        let text = HeaderValue::try_from(peer.to_string());
        Self {
            peer,
            peer_text: text.unwrap_or(HeaderValue::from_static("unknown")),
            trusted,
            secured,
            web_socket: Arc::default(),
        }
    }
}

/// One request that passes.
pub(super) struct Passing {
    facts: Arc<Facts>,
    headers_read: Cell<bool>,
    body: Cell<Body>,
    /// The request, where it was let in before Pingora had the connection.
    resumed: Cell<Option<Box<Context>>>,
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
            resumed: Cell::new(None),
        }
    }

    pub(super) fn resume(self, request: Option<Box<Context>>) -> Self {
        self.resumed.set(request);
        self
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

/// The request that is served: one that was begun elsewhere, or what `begin` makes of its connection.
pub(crate) fn context(begin: impl FnOnce(Arc<Facts>) -> Context) -> Context {
    PASSING.with(|passing| match passing.resumed.take() {
        Some(request) => *request,
        None => begin(passing.facts.clone()),
    })
}

//! The policy trait: what a policy may do, phase by phase, and the three ways it can end.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use domain::refusal::Refusal;
use http::{HeaderName, HeaderValue, StatusCode};

use crate::exchange::Exchange;
use crate::log_entry::LogEntry;
use crate::request::Request;
use crate::response::Response;
use crate::services::Services;
use crate::upstream::UpstreamRequest;

/// Behaviour attached to a scope, compiled from its configuration when the snapshot is built. One instance serves every
/// request of its scope at once, from any lane: it sees views, never a connection.
///
/// Every hook does nothing unless a policy overrides it.
pub trait Policy: Send + Sync + 'static {
    /// Before an upstream is chosen: look, refuse or answer.
    fn request<'a>(
        &'a self,
        _request: &'a Request<'a>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        PASS
    }

    /// On the copy of the request that goes to the upstream, after hop-by-hop headers were removed.
    fn upstream_request<'a>(
        &'a self,
        _request: &'a Request<'a>,
        _upstream: &'a mut UpstreamRequest<'_>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        PASS
    }

    /// On the head of every answer, the gateway's own refusals included (see [`Response::is_from_upstream`]). Policies of the
    /// stages Cache and Steer are asked first, the others after them in run order. [`Flow::Answer`] takes the answer's place.
    fn response<'a>(
        &'a self,
        _request: &'a Request<'a>,
        _response: &'a mut Response<'_>,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        PASS
    }

    /// No answer came from the upstream (`why` is one of `upstream_unavailable`, `upstream_failed`, `upstream_timeout`), and
    /// the caller has seen nothing yet: answer in its place, or let the failure stand. The first policy that answers is taken.
    fn upstream_failed<'a>(
        &'a self,
        _request: &'a Request<'a>,
        _why: Refusal,
        _exchange: &'a mut Exchange,
        _services: &'a Services,
    ) -> Outcome<'a> {
        PASS
    }

    /// What it wants of the bodies. The pipeline alone buffers.
    fn bodies(&self) -> Bodies {
        Bodies::default()
    }

    /// A piece of the request's body (or all of it, when it asked for a buffer). `None` leaves it as it is. A buffered body
    /// is shown after every policy let the request through, and before [`Policy::upstream_request`].
    fn request_body(
        &self,
        _exchange: &mut Exchange,
        _piece: &Bytes,
        _end: bool,
    ) -> Result<Option<Bytes>, Failure> {
        Ok(None)
    }

    /// A piece of the response's body (or all of it, when it asked for a buffer). `None` leaves it as it is. Called once with
    /// nothing and `end` when there is no body; never with `end` when the upstream broke off.
    fn response_body(
        &self,
        _exchange: &mut Exchange,
        _piece: &Bytes,
        _end: bool,
    ) -> Result<Option<Bytes>, Failure> {
        Ok(None)
    }

    /// Whether each request that comes to it ends there, answered or refused, so that none goes to the route's upstream.
    fn always_answers(&self) -> bool {
        false
    }

    /// On the line of the request log, whatever became of the request: what is not to be kept can be made unreadable.
    fn log(&self, _entry: &mut LogEntry) {}

    /// What happens to the request when the policy itself cannot do its work ([`Refusal::PolicyFailed`]).
    fn on_error(&self) -> OnError {
        OnError::Closed
    }
}

/// What becomes of a request whose policy failed.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum OnError {
    /// It is refused.
    #[default]
    Closed,
    /// It goes on without the policy.
    Open,
}

impl OnError {
    /// From its word: `open` or `closed`.
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "open" => Some(Self::Open),
            "closed" => Some(Self::Closed),
            _ => None,
        }
    }
}

/// What a policy wants of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// Each piece as it passes, never changed: its length stays, and a compressed one is seen compressed.
    Watch,
    /// Each piece as it passes, uncompressed.
    Stream,
    /// The whole, uncompressed, up to so many bytes; more is refused with 413 (of a response with 502).
    Buffer(usize),
}

impl Body {
    /// Whether the policy reads what the body means, so that it must not be compressed or a part of something.
    pub const fn is_read(self) -> bool {
        matches!(self, Self::Stream | Self::Buffer(_))
    }

    /// Whether the policy wants all of it at once.
    pub const fn is_buffer(self) -> bool {
        matches!(self, Self::Buffer(_))
    }
}

/// What a policy wants of both bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bodies {
    /// Of the request's.
    pub request: Body,
    /// Of the response's.
    pub response: Body,
}

/// How a hook ends: go on, answer here, or refuse.
pub type Verdict = Result<Flow, Failure>;

/// A future that a policy had to make because it awaits something.
pub type Later<'a> = Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>;

/// What a hook returns: a policy that awaits nothing costs no box.
pub enum Outcome<'a> {
    /// Decided.
    Ready(Verdict),
    /// Needs to wait.
    Later(Later<'a>),
}

/// "Go on", for the hooks that have nothing to say.
pub const PASS: Outcome<'static> = Outcome::Ready(Ok(Flow::Next));

impl From<Verdict> for Outcome<'_> {
    fn from(verdict: Verdict) -> Self {
        Self::Ready(verdict)
    }
}

impl From<Failure> for Outcome<'_> {
    fn from(failure: Failure) -> Self {
        Self::Ready(Err(failure))
    }
}

/// Where a request goes after a policy.
#[derive(Debug)]
pub enum Flow {
    /// On to the next policy.
    Next,
    /// Back to the caller, with an answer that the policy made. Only from [`Policy::request`],
    /// [`Policy::response`] and [`Policy::upstream_failed`].
    Answer(Box<Answer>),
}

/// An answer that a policy made itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers; Content-Length is the runtime's.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body.
    pub body: Bytes,
    /// It stands for the upstream's own answer (from a cache, a mock, a fallback): other policies shape it like one.
    pub for_upstream: bool,
}

/// Why a policy refuses a request. Becomes a problem document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{refusal}: {detail}")]
pub struct Failure {
    /// The stable code.
    pub refusal: Refusal,
    /// What exactly, for the developer who reads the problem document. Never a secret, never an address of an upstream.
    pub detail: String,
    /// Headers of the answer besides the usual ones.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Failure {
    /// A refusal with its detail.
    pub fn new(refusal: Refusal, detail: impl Into<String>) -> Self {
        Self {
            refusal,
            detail: detail.into(),
            headers: Vec::new(),
        }
    }

    /// With one more header on the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl From<Refusal> for Failure {
    /// The code alone; the detail is the code's own remedy.
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal, refusal.explain().remedy)
    }
}

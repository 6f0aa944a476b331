//! The `settings` of upstreams and routes: typed, kept as JSON in the store.

use domain::id::{CaId, CertificateId};
use serde::{Deserialize, Serialize};

use crate::balance::Balancing;
use crate::condition::Condition;
use crate::health::Health;
use crate::limits::{Breaker, Limits, Retry};

/// How an upstream is spoken to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UpstreamSettings {
    /// Milliseconds to open a connection.
    pub connect_timeout_ms: u32,
    /// Milliseconds to the first byte of the answer.
    pub first_byte_timeout_ms: u32,
    /// Milliseconds between two pieces of a body.
    pub idle_timeout_ms: u32,
    /// What `Host` the upstream sees.
    pub host: HostHeader,
    /// How many other targets are tried when nothing was sent, or the method is idempotent.
    pub retries: u8,
    /// Which version of HTTP it speaks.
    pub protocol: Protocol,
    /// How it is verified, and what is shown to it, where a target's URL begins with `https`.
    pub tls: UpstreamTls,
    /// Milliseconds to the complete head of the answer, over all attempts; 0 for no bound of its own.
    pub header_timeout_ms: u32,
    /// Milliseconds to the last byte of the answer, over all attempts; 0 for no bound of its own. Not for WebSockets and
    /// event streams.
    pub request_timeout_ms: u32,
    /// Milliseconds after which the name of a target is looked up again at the latest; sooner when its record says so.
    pub resolve_every_ms: u32,
    /// Milliseconds for which what a name leads to is kept at the least, whatever its record says.
    pub resolve_least_ms: u32,
    /// When a request is tried again.
    pub retry: Retry,
    /// Which target takes a request.
    pub balancing: Balancing,
    /// When a target counts as healthy.
    pub health: Health,
    /// Stops asking when the upstream fails; off when it is left out.
    pub breaker: Option<Breaker>,
    /// How much is asked at a time.
    pub limits: Limits,
}

impl Default for UpstreamSettings {
    fn default() -> Self {
        Self {
            connect_timeout_ms: 2_000,
            first_byte_timeout_ms: 30_000,
            idle_timeout_ms: 60_000,
            host: HostHeader::Target,
            retries: 1,
            protocol: Protocol::default(),
            tls: UpstreamTls::default(),
            header_timeout_ms: 0,
            request_timeout_ms: 0,
            resolve_every_ms: 30_000,
            resolve_least_ms: 1_000,
            retry: Retry::default(),
            balancing: Balancing::default(),
            health: Health::default(),
            breaker: None,
            limits: Limits::default(),
        }
    }
}

/// Which version of HTTP an upstream speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Protocol {
    /// HTTP/1.1.
    #[default]
    #[serde(rename = "http1")]
    Http1,
    /// HTTP/2, also without TLS (prior knowledge): what gRPC needs.
    #[serde(rename = "http2")]
    Http2,
    /// HTTP/2 where the upstream agrees to it in the TLS handshake (ALPN), else HTTP/1.1.
    #[serde(rename = "auto")]
    Auto,
}

/// How an upstream is verified, and what is shown to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UpstreamTls {
    /// Whether its certificate is verified. Switched off, whoever stands between reads and changes everything.
    pub verify: bool,
    /// The bundle of authorities that signs its certificate; without one, those that the machine trusts.
    pub ca: Option<CaId>,
    /// The certificate that is shown to it when it asks (mutual TLS).
    pub client_certificate: Option<CertificateId>,
    /// The name that is asked for and verified instead of the target's host.
    pub server_name: Option<String>,
}

impl Default for UpstreamTls {
    fn default() -> Self {
        Self {
            verify: true,
            ca: None,
            client_certificate: None,
            server_name: None,
        }
    }
}

/// What `Host` an upstream sees.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostHeader {
    /// That of the target's URL.
    #[default]
    Target,
    /// The one that the caller sent.
    Preserve,
    /// Always this one.
    Fixed(String),
}

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Callers with a credential and an active subscription. Without an authentication policy in scope, `key_auth` with its
    /// defaults stands in: a route is never open by omission.
    #[default]
    Subscription,
    /// Callers that an authentication policy knows; no subscription is asked for.
    Authenticated,
    /// Everybody; authentication policies of wider scopes do not apply.
    Open,
}

/// How several authentication policies of one route go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authentication {
    /// The first that finds a credential of its kind decides.
    #[default]
    Any,
    /// Every one must find its credential, and they must speak for one application.
    All,
}

/// How a route lets requests through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RouteSettings {
    /// Who may use it.
    pub access: Access,
    /// How several authentication policies go together.
    pub authentication: Authentication,
    /// Whether the version's base path is removed before the request goes to the upstream.
    pub strip_base_path: bool,
    /// The path that the upstream gets instead, with `{param}` of the route's template (or `{1}`, `{name}` of its regular
    /// expression). The target's own path is still put before it.
    pub rewrite: Option<String>,
    /// The largest request body that is taken, in bytes.
    pub max_body_bytes: u64,
    /// What the headers of a request must be for the route to match; all of them hold.
    pub headers: Vec<Condition>,
    /// What the query of a request must be for the route to match; all of them hold.
    pub query: Vec<Condition>,
    /// Sends callers elsewhere in place of an upstream's answer.
    pub redirect: Option<Redirect>,
    /// Whether requests may take the direct exchange, where the node has it switched on.
    pub direct_exchange: bool,
}

/// Where callers are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redirect {
    /// A path or an `http` or `https` URL whose path may have `{param}` of the route's path.
    pub to: String,
    /// 301, 302, 303, 307 or 308.
    #[serde(default = "permanent")]
    pub status: u16,
    /// Whether the query of the request is put behind it.
    #[serde(default = "yes")]
    pub keep_query: bool,
}

const fn permanent() -> u16 {
    308
}

const fn yes() -> bool {
    true
}

impl Default for RouteSettings {
    fn default() -> Self {
        Self {
            access: Access::Subscription,
            authentication: Authentication::Any,
            strip_base_path: true,
            rewrite: None,
            max_body_bytes: 10 * 1024 * 1024,
            headers: Vec::new(),
            query: Vec::new(),
            redirect: None,
            direct_exchange: true,
        }
    }
}

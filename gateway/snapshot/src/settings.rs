//! The `settings` of upstreams and routes: typed, kept as JSON in the store.

use domain::id::{CaId, CertificateId};
use serde::{Deserialize, Serialize};

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
    /// Everybody; authentication policies of wider scopes do not apply.
    Open,
}

/// How a route lets requests through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RouteSettings {
    /// Who may use it.
    pub access: Access,
    /// Whether the version's base path is removed before the request goes to the upstream.
    pub strip_base_path: bool,
    /// The path that the upstream gets instead, with `{param}` of the route's template (or `{1}`, `{name}` of its regular
    /// expression). The target's own path is still put before it.
    pub rewrite: Option<String>,
    /// The largest request body that is taken, in bytes.
    pub max_body_bytes: u64,
}

impl Default for RouteSettings {
    fn default() -> Self {
        Self {
            access: Access::Subscription,
            strip_base_path: true,
            rewrite: None,
            max_body_bytes: 10 * 1024 * 1024,
        }
    }
}

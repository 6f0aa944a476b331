//! The `settings` of upstreams and routes: typed, kept as JSON in the store.

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
}

impl Default for UpstreamSettings {
    fn default() -> Self {
        Self {
            connect_timeout_ms: 2_000,
            first_byte_timeout_ms: 30_000,
            idle_timeout_ms: 60_000,
            host: HostHeader::Target,
            retries: 1,
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
}

impl Default for RouteSettings {
    fn default() -> Self {
        Self {
            access: Access::Subscription,
            authentication: Authentication::Any,
            strip_base_path: true,
            rewrite: None,
            max_body_bytes: 10 * 1024 * 1024,
        }
    }
}

//! Settings: when a target of an upstream counts as healthy.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// When a target counts as healthy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Health {
    /// Asked beside the traffic; off when it is left out.
    pub active: Option<ActiveCheck>,
    /// Learned from the traffic.
    pub passive: PassiveCheck,
    /// When a smaller share of the targets than this is usable, in per cent, health is ignored and all of them are used.
    /// With 0 that never happens: without a usable target requests are refused with 503.
    pub panic_percent: u8,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            active: None,
            passive: PassiveCheck::default(),
            panic_percent: 25,
        }
    }
}

/// A question that each target is asked again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActiveCheck {
    /// What is asked.
    pub probe: Probe,
    /// Milliseconds between two questions; a tenth more or less, so that nodes do not ask in step.
    #[serde(default = "every")]
    pub interval_ms: u32,
    /// Milliseconds for an answer.
    #[serde(default = "patience")]
    pub timeout_ms: u32,
    /// Good answers in a row after which a target is used again.
    #[serde(default = "two")]
    pub healthy_after: u8,
    /// Bad answers in a row after which a target is not used.
    #[serde(default = "two")]
    pub unhealthy_after: u8,
}

const fn every() -> u32 {
    5_000
}

const fn patience() -> u32 {
    1_000
}

const fn two() -> u8 {
    2
}

/// What an active check asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Probe {
    /// A GET that is answered with one of these statuses.
    Http(HttpProbe),
    /// A connection that opens (with TLS, where the target speaks it).
    Tcp,
    /// `grpc.health.v1.Health/Check` that answers `SERVING`.
    Grpc(GrpcProbe),
}

/// A GET.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpProbe {
    /// The path, below nothing: the target's own path is not put before it.
    pub path: String,
    /// `Host`; the target's own when it is left out.
    pub host: Option<String>,
    /// The statuses of a healthy target: `200`, `200-299`.
    pub statuses: Vec<StatusRange>,
}

impl Default for HttpProbe {
    fn default() -> Self {
        Self {
            path: "/".to_owned(),
            host: None,
            statuses: vec![StatusRange { from: 200, to: 399 }],
        }
    }
}

/// A call of gRPC's health service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GrpcProbe {
    /// The service that is asked about; empty for the server as a whole.
    pub service: String,
}

/// Statuses from one to another, written `200` or `200-299`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StatusRange {
    /// The lowest.
    pub from: u16,
    /// The highest, included.
    pub to: u16,
}

impl StatusRange {
    /// Whether a status is one of them.
    pub fn has(self, status: u16) -> bool {
        (self.from..=self.to).contains(&status)
    }
}

/// Not a range of statuses.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a status such as 200 or a range such as 200-299, from 100 to 599")]
pub struct BadStatusRange(String);

impl TryFrom<String> for StatusRange {
    type Error = BadStatusRange;

    fn try_from(text: String) -> Result<Self, BadStatusRange> {
        let (from, to) = text.split_once('-').unwrap_or((&text, &text));
        match (from.trim().parse(), to.trim().parse()) {
            (Ok(from), Ok(to)) if 100 <= from && from <= to && to <= 599 => Ok(Self { from, to }),
            _ => Err(BadStatusRange(text)),
        }
    }
}

impl From<StatusRange> for String {
    fn from(range: StatusRange) -> Self {
        if range.from == range.to {
            range.from.to_string()
        } else {
            format!("{}-{}", range.from, range.to)
        }
    }
}

/// What the traffic says about a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PassiveCheck {
    /// Failures in a row after which a target is ejected; 0 for never.
    pub consecutive_failures: u32,
    /// The share of failures in a window, in per cent, from which on a target is ejected; 0 for never.
    pub error_percent: u8,
    /// Requests in a window before their share of failures counts.
    pub minimum_requests: u32,
    /// Milliseconds of a window.
    pub window_ms: u32,
    /// Milliseconds that a target is ejected for the first time; each further time is twice as long.
    pub eject_ms: u32,
    /// The longest time that a target is ejected, in milliseconds.
    pub eject_most_ms: u32,
    /// Answers that count as failures, beside connections that fail and answers that do not come.
    pub failure_statuses: Vec<StatusRange>,
}

impl Default for PassiveCheck {
    fn default() -> Self {
        Self {
            consecutive_failures: 5,
            error_percent: 50,
            minimum_requests: 20,
            window_ms: 10_000,
            eject_ms: 5_000,
            eject_most_ms: 300_000,
            failure_statuses: vec![StatusRange { from: 502, to: 504 }],
        }
    }
}

//! Settings: how much an upstream is asked, and how often again.

use serde::{Deserialize, Serialize};

use crate::health::StatusRange;

/// When a request is tried again at another target. `retries` of the upstream says how often at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// Retries for every hundred requests.
    pub budget_percent: u8,
    /// Retries a second that are always granted.
    pub budget_per_second: u32,
    /// Answers after which an idempotent request is tried again, beside connections that break.
    pub statuses: Vec<StatusRange>,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            budget_percent: 20,
            budget_per_second: 10,
            statuses: Vec::new(),
        }
    }
}

/// Stops asking an upstream that fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Breaker {
    /// The share of failures in a window, in per cent, from which on nothing is sent.
    pub error_percent: u8,
    /// Requests in a window before their share of failures counts.
    pub minimum_requests: u32,
    /// Milliseconds of a window.
    pub window_ms: u32,
    /// Milliseconds until it is tried again.
    pub open_ms: u32,
    /// Requests that try whether the upstream is back; when all of them go well, everything is sent again.
    pub probes: u32,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            error_percent: 50,
            minimum_requests: 20,
            window_ms: 10_000,
            open_ms: 5_000,
            probes: 3,
        }
    }
}

/// How much of an upstream one node takes at a time. 0 stands for no bound.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Requests in flight to the upstream.
    pub requests: u32,
    /// Requests in flight to one target.
    pub requests_per_target: u32,
    /// Connections to one target.
    pub connections_per_target: u32,
    /// Who is refused first when `requests` is nearly reached.
    pub shedding: Shedding,
}

/// Plans by what becomes of them when an upstream has too much to do. A plan that is in no list is of the middle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shedding {
    /// Slugs of plans that are served up to the bound itself.
    pub critical_plans: Vec<String>,
    /// Slugs of plans that are refused first.
    pub sheddable_plans: Vec<String>,
    /// The share of `limits.requests`, in per cent, up to which the middle is served.
    pub default_percent: u8,
    /// The share of `limits.requests`, in per cent, up to which sheddable plans are served.
    pub sheddable_percent: u8,
}

impl Default for Shedding {
    fn default() -> Self {
        Self {
            critical_plans: Vec::new(),
            sheddable_plans: Vec::new(),
            default_percent: 90,
            sheddable_percent: 70,
        }
    }
}

impl Shedding {
    /// Up to which share of the bound, in per cent, a plan is served. Without lists every plan is served up to it.
    pub fn share(&self, plan: Option<&str>) -> u8 {
        let is_in = |plans: &[String]| plan.is_some_and(|plan| plans.iter().any(|one| one == plan));
        if self.critical_plans.is_empty() && self.sheddable_plans.is_empty()
            || is_in(&self.critical_plans)
        {
            100
        } else if is_in(&self.sheddable_plans) {
            self.sheddable_percent
        } else {
            self.default_percent
        }
    }
}

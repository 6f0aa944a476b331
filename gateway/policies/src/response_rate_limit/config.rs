//! Configuration of `response_rate_limit`.

use domain::limit::{RateLimit, Window};
use http::HeaderName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::counters::{Algorithm, Limit};
use crate::kind;
use crate::rate_limit::WindowName;
use crate::readings::is_limit_name;
use crate::subject::{self, By, Each};

/// Limits on what the upstream says that its answers cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "response_rate_limit")]
pub struct Config {
    /// The header of the answer: `videos=2, bytes=4096`, or a plain number when there is one limit.
    #[serde(default = "header")]
    pub usage_header: String,
    /// The things that are limited.
    #[schemars(length(min = 1, max = 8))]
    pub limits: Vec<UnitLimit>,
    /// Who is counted.
    #[serde(default)]
    pub by: By,
    /// The header whose value is counted; with `by: header` only.
    #[serde(default)]
    pub header: Option<String>,
    /// What is counted apart from each other for one and the same caller.
    #[serde(default)]
    pub each: Each,
    /// Lets the caller see the upstream's header.
    #[serde(default)]
    pub show_usage: bool,
}

/// At most so much of one thing in a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitLimit {
    /// The thing: its name in the upstream's header, and in the `RateLimit` headers.
    pub unit: String,
    /// How much of it.
    #[schemars(range(min = 1))]
    pub amount: u64,
    /// The window.
    pub window: WindowName,
}

fn header() -> String {
    "X-Usage".to_owned()
}

impl UnitLimit {
    pub(super) fn limit(&self) -> Limit {
        Limit {
            requests: self.amount,
            window_us: Window::from(self.window).seconds() * 1_000_000,
            algorithm: Algorithm::SlidingWindow,
            burst: self.amount,
        }
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        if self.usage_header.parse::<HeaderName>().is_err() {
            errors.push(ConfigError::new("usage_header", "is not a header name"));
        }
        if !(1..=8).contains(&self.limits.len()) {
            errors.push(ConfigError::new("limits", "needs 1 to 8 entries"));
        }
        for (i, limit) in self.limits.iter().enumerate() {
            let counted = RateLimit {
                requests: limit.amount,
                window: limit.window.into(),
            };
            if let Err(error) = counted.check() {
                let path = format!("limits[{i}].amount");
                errors.push(ConfigError::new(path, error.to_string()));
            }
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
            if !is_limit_name(&limit.unit) || !limit.unit.bytes().all(plain) {
                let problem = "may hold 1 to 64 letters, digits, `_`, `-` and `.`";
                errors.push(ConfigError::new(format!("limits[{i}].unit"), problem));
            }
            let same = |l: &UnitLimit| l.window == limit.window && l.unit == limit.unit;
            if self.limits[..i].iter().any(same) {
                let path = format!("limits[{i}]");
                errors.push(ConfigError::new(path, "its unit has this window already"));
            }
        }
        errors.extend(subject::check(self.by, self.header.as_deref()));
        errors
    }
}

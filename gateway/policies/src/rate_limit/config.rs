//! Configuration of `rate_limit`.

use domain::limit::{RateLimit, Window};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::cost::CostConfig;
use crate::counters::{Algorithm, Limit};
use crate::kind;
use crate::policy::OnError;
use crate::readings::is_limit_name;
use crate::subject::{self, By, Each};

/// How many requests may pass, and who is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "rate_limit")]
pub struct Config {
    /// The limits; all of them must have room. A request that one refuses is counted by none.
    #[schemars(length(min = 1, max = 8))]
    pub limits: Vec<LimitConfig>,
    /// Who is counted.
    #[serde(default)]
    pub by: By,
    /// The header whose value is counted; with `by: header` only.
    #[serde(default)]
    pub header: Option<String>,
    /// What is counted apart from each other for one and the same caller.
    #[serde(default)]
    pub each: Each,
    /// How much one request takes from every limit. Makes operations that cost more count more.
    #[serde(default = "one")]
    pub weight: u64,
    /// Takes what a header says instead of `weight`.
    #[serde(default)]
    pub cost: Option<CostConfig>,
    /// How requests are counted.
    #[serde(default)]
    pub algorithm: Algorithm,
    /// How many requests may come at once; with `algorithm: gcra` only. The window's requests unless set.
    #[serde(default)]
    pub burst: Option<u64>,
    /// What happens when the table of counters is full (only addresses and header values can fill it).
    #[serde(default)]
    pub on_error: OnError,
}

const fn one() -> u64 {
    1
}

/// At most so many requests in a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitConfig {
    /// Requests allowed in the window.
    #[schemars(range(min = 1))]
    pub requests: u64,
    /// The window.
    pub window: WindowName,
    /// Its name in the `RateLimit` headers; made of `by` and `window` unless set.
    #[serde(default)]
    pub name: Option<String>,
}

/// The length of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WindowName {
    /// 1 s.
    Second,
    /// 60 s.
    Minute,
    /// 3 600 s.
    Hour,
    /// 86 400 s.
    Day,
}

impl From<WindowName> for Window {
    fn from(name: WindowName) -> Self {
        match name {
            WindowName::Second => Self::Second,
            WindowName::Minute => Self::Minute,
            WindowName::Hour => Self::Hour,
            WindowName::Day => Self::Day,
        }
    }
}

impl Config {
    /// The limits as the counters take them, with their names for the headers.
    pub(super) fn compiled(&self) -> Vec<(String, Limit)> {
        self.limits
            .iter()
            .map(|limit| {
                let window = Window::from(limit.window);
                let name = limit
                    .name
                    .clone()
                    .unwrap_or_else(|| format!("{}-{window}", self.by.as_str()));
                let counted = RateLimit {
                    requests: limit.requests,
                    window,
                };
                let counted = Limit {
                    algorithm: self.algorithm,
                    burst: self.burst.unwrap_or(limit.requests),
                    ..Limit::sliding(counted)
                };
                (name, counted)
            })
            .collect()
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        if !(1..=8).contains(&self.limits.len()) {
            errors.push(ConfigError::new("limits", "needs 1 to 8 entries"));
        }
        for (i, limit) in self.limits.iter().enumerate() {
            let counted = RateLimit {
                requests: limit.requests,
                window: limit.window.into(),
            };
            if let Err(error) = counted.check() {
                let path = format!("limits[{i}].requests");
                errors.push(ConfigError::new(path, error.to_string()));
            }
            if limit
                .name
                .as_deref()
                .is_some_and(|name| !is_limit_name(name))
            {
                let problem =
                    "may hold 1 to 64 printable ASCII characters without quotes and backslashes";
                errors.push(ConfigError::new(format!("limits[{i}].name"), problem));
            }
            if self.limits[..i].iter().any(|l| l.window == limit.window) {
                let path = format!("limits[{i}].window");
                errors.push(ConfigError::new(
                    path,
                    "is there already; the smaller one would decide alone",
                ));
            }
        }
        errors.extend(subject::check(self.by, self.header.as_deref()));
        let least = self.limits.iter().map(|limit| limit.requests).min();
        if self.weight == 0 || least.is_some_and(|least| self.weight > least) {
            errors.push(ConfigError::new(
                "weight",
                "must be at least 1 and at most the smallest limit",
            ));
        }
        if let Some(cost) = &self.cost {
            errors.extend(cost.check("cost"));
            if self.weight != 1 {
                errors.push(ConfigError::new("weight", "cannot stand beside `cost`"));
            }
        }
        match (self.algorithm, self.burst) {
            (Algorithm::Gcra, Some(0)) => {
                errors.push(ConfigError::new("burst", "of 0 would refuse every call"))
            }
            (Algorithm::SlidingWindow, Some(_)) => {
                errors.push(ConfigError::new(
                    "burst",
                    "is only used with `algorithm: gcra`",
                ));
            }
            _ => {}
        }
        errors
    }
}

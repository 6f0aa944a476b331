//! Configuration of `fault_injection`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;

/// Faults that callers meet on purpose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "fault_injection")]
pub struct Config {
    /// Makes requests wait.
    #[serde(default)]
    pub delay: Option<Delay>,
    /// Answers requests with an error instead of passing them on.
    #[serde(default)]
    pub abort: Option<Abort>,
}

/// A wait before the request goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// For how many of 100 requests; fractions are fine.
    #[schemars(range(min = 0, max = 100))]
    pub percent: f64,
    /// How long, in milliseconds.
    #[schemars(range(min = 1, max = 60_000))]
    pub ms: u32,
    /// Up to so many milliseconds more, by chance.
    #[serde(default)]
    #[schemars(range(max = 60_000))]
    pub jitter_ms: u32,
}

/// An error instead of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Abort {
    /// For how many of 100 requests; fractions are fine.
    #[schemars(range(min = 0, max = 100))]
    pub percent: f64,
    /// The status of the answer.
    #[serde(default = "unavailable")]
    #[schemars(range(min = 400, max = 599))]
    pub status: u16,
}

const fn unavailable() -> u16 {
    503
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        let mut percent = |path: &str, percent: f64| {
            if !(0.0..=100.0).contains(&percent) {
                errors.push(ConfigError::new(path, "must be between 0 and 100"));
            }
        };
        if let Some(delay) = &self.delay {
            percent("delay.percent", delay.percent);
        }
        if let Some(abort) = &self.abort {
            percent("abort.percent", abort.percent);
        }
        if let Some(delay) = &self.delay {
            if !(1..=60_000).contains(&delay.ms) {
                errors.push(ConfigError::new("delay.ms", "must be between 1 and 60000"));
            }
            if delay.jitter_ms > 60_000 {
                errors.push(ConfigError::new("delay.jitter_ms", "must be at most 60000"));
            }
        }
        if let Some(abort) = &self.abort
            && !(400..=599).contains(&abort.status)
        {
            errors.push(ConfigError::new(
                "abort.status",
                "must be between 400 and 599",
            ));
        }
        if self.delay.is_none() && self.abort.is_none() {
            errors.push(ConfigError::new("", "needs `delay` or `abort`"));
        }
        errors
    }
}

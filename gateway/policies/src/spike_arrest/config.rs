//! Configuration of `spike_arrest`.

use domain::limit::Window;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::counters::{Algorithm, Limit};
use crate::kind;
use crate::subject::{self, By, Each};

/// An even flow: so many requests a second or minute, evenly apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "spike_arrest")]
pub struct Config {
    /// Requests per second or minute. 10 per second is one each 100 ms, not ten at once.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub rate: u64,
    /// Per what.
    #[serde(default)]
    pub per: Per,
    /// How many may come at once all the same.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 10_000))]
    pub burst: u64,
    /// Who is counted.
    #[serde(default = "everybody")]
    pub by: By,
    /// The header whose value is counted; with `by: header` only.
    #[serde(default)]
    pub header: Option<String>,
    /// What is counted apart from each other for one and the same caller.
    #[serde(default)]
    pub each: Each,
}

/// Per what a rate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// A second.
    #[default]
    Second,
    /// A minute.
    Minute,
}

const fn one() -> u64 {
    1
}

const fn everybody() -> By {
    By::Everybody
}

impl Config {
    pub(super) fn limit(&self) -> Limit {
        let window = match self.per {
            Per::Second => Window::Second,
            Per::Minute => Window::Minute,
        };
        Limit {
            requests: self.rate,
            window_us: window.seconds() * 1_000_000,
            algorithm: Algorithm::Gcra,
            burst: self.burst,
        }
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        if !(1..=1_000_000).contains(&self.rate) {
            errors.push(ConfigError::new("rate", "must be between 1 and 1000000"));
        }
        if !(1..=10_000).contains(&self.burst) {
            errors.push(ConfigError::new("burst", "must be between 1 and 10000"));
        }
        errors.extend(subject::check(self.by, self.header.as_deref()));
        errors
    }
}

//! Configuration of `concurrency_limit`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;
use crate::subject::{self, By, Each};

/// How many requests may run at once, and how many may wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "concurrency_limit")]
pub struct Config {
    /// Requests of one subject that run at once. One runs until the last byte of its answer is sent.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub limit: u32,
    /// Who is counted.
    #[serde(default)]
    pub by: By,
    /// The header whose value is counted; with `by: header` only.
    #[serde(default)]
    pub header: Option<String>,
    /// What is counted apart from each other for one and the same caller.
    #[serde(default)]
    pub each: Each,
    /// Requests of one subject that may wait for others to end, in the order of their arrival.
    #[serde(default)]
    #[schemars(range(max = 10_000))]
    pub queue: u32,
    /// How long one waits at most, in milliseconds.
    #[serde(default = "second")]
    #[schemars(range(min = 1, max = 60_000))]
    pub wait_ms: u32,
}

const fn second() -> u32 {
    1_000
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        if !(1..=1_000_000).contains(&self.limit) {
            errors.push(ConfigError::new("limit", "must be between 1 and 1000000"));
        }
        if self.queue > 10_000 {
            errors.push(ConfigError::new("queue", "must be at most 10000"));
        }
        if !(1..=60_000).contains(&self.wait_ms) {
            errors.push(ConfigError::new("wait_ms", "must be between 1 and 60000"));
        }
        errors.extend(subject::check(self.by, self.header.as_deref()));
        errors
    }
}

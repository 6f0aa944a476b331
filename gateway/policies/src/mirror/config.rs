//! Configuration of `mirror`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;

/// Where copies of requests go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "mirror")]
pub struct Config {
    /// The slug of the upstream that gets the copies. Its answers are thrown away.
    pub upstream: String,
    /// How many of 100 requests are copied; fractions are fine.
    #[serde(default = "all")]
    #[schemars(range(min = 0, max = 100))]
    pub percent: f64,
    /// Methods that are copied; all unless set.
    #[serde(default)]
    pub methods: Vec<String>,
    /// The largest body that is copied, in bytes; a request with a larger one is not. 0 copies only requests without a body.
    #[serde(default = "body")]
    #[schemars(range(max = 1_048_576))]
    pub max_body_bytes: usize,
    /// Copies under way at once on a node; beyond that none are made.
    #[serde(default = "in_flight")]
    #[schemars(range(min = 1, max = 10_000))]
    pub max_in_flight: usize,
    /// How long the mirror has to answer, in milliseconds.
    #[serde(default = "timeout")]
    #[schemars(range(min = 1, max = 60_000))]
    pub timeout_ms: u32,
}

const fn all() -> f64 {
    100.0
}
const fn body() -> usize {
    65_536
}
const fn in_flight() -> usize {
    64
}
const fn timeout() -> u32 {
    5_000
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        let mut wrong = |path: &str, problem: &str| errors.push(ConfigError::new(path, problem));
        if self.upstream.is_empty() {
            wrong("upstream", "is empty");
        }
        if !(0.0..=100.0).contains(&self.percent) {
            wrong("percent", "must be between 0 and 100");
        }
        if self.max_body_bytes > 1_048_576 {
            wrong("max_body_bytes", "must be at most 1048576");
        }
        if !(1..=10_000).contains(&self.max_in_flight) {
            wrong("max_in_flight", "must be between 1 and 10000");
        }
        if !(1..=60_000).contains(&self.timeout_ms) {
            wrong("timeout_ms", "must be between 1 and 60000");
        }
        for (i, method) in self.methods.iter().enumerate() {
            if method.parse::<http::Method>().is_err() || method.to_uppercase() != *method {
                wrong(&format!("methods[{i}]"), "is not a method in capitals");
            }
        }
        errors
    }
}

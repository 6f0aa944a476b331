//! Configuration of `forward_auth`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address;
use crate::config_error::ConfigError;
use crate::kind;
use crate::opa::header_names;

/// Asks another service whether a request may pass, with the head of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "forward_auth")]
pub struct Config {
    /// Where the service is asked with GET: `https://auth.example.com/verify`.
    pub url: String,
    /// How long an answer may take, in milliseconds.
    #[serde(default = "timeout_ms")]
    #[schemars(range(min = 10, max = 30000))]
    pub timeout_ms: u32,
    /// The request headers that the service gets. Without one, all of them.
    #[serde(default)]
    pub request_headers: Vec<String>,
    /// Headers of a passing answer that the upstream gets. The same headers of the caller are removed.
    #[serde(default)]
    pub upstream_headers: Vec<String>,
}

const fn timeout_ms() -> u32 {
    2_000
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        if let Err(problem) = address::parse(&self.url) {
            errors.push(ConfigError::new("url", problem));
        }
        if !(10..=30_000).contains(&self.timeout_ms) {
            errors.push(ConfigError::new("timeout_ms", "must be from 10 to 30000"));
        }
        errors.extend(header_names("request_headers", &self.request_headers));
        errors.extend(header_names("upstream_headers", &self.upstream_headers));
        errors
    }
}

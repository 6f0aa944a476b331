//! Configuration of `request_size_limit`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;

/// How large the parts of a request may be. What is not set is not limited here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "request_size_limit")]
pub struct Config {
    /// The body, in bytes.
    pub max_body_bytes: Option<u64>,
    /// All headers together, names and values, in bytes.
    #[schemars(range(min = 1))]
    pub max_header_bytes: Option<usize>,
    /// Path and query together, in bytes.
    #[schemars(range(min = 1))]
    pub max_url_bytes: Option<usize>,
    /// Takes only bodies that say beforehand how long they are.
    pub require_length: bool,
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        for (path, bytes) in [
            ("max_header_bytes", self.max_header_bytes),
            ("max_url_bytes", self.max_url_bytes),
        ] {
            if bytes == Some(0) {
                errors.push(ConfigError::new(path, "of 0 would refuse every request"));
            }
        }
        if *self == Self::default() {
            errors.push(ConfigError::new("", "limits nothing"));
        }
        errors
    }
}

//! Configuration of `response_validator`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;
use crate::request_validator::Unknown;

/// Largest bound of a body, in bytes.
const LARGEST: usize = 8 * 1024 * 1024;

/// What of an answer is held against the operation in the API's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "response_validator")]
pub struct Config {
    /// Whether headers are checked.
    pub headers: bool,
    /// Whether the body is checked. It is read whole before the caller gets any of it.
    pub body: bool,
    /// What becomes of an answer whose status the document does not name.
    pub unknown_statuses: Unknown,
    /// What becomes of a body whose `Content-Type` the document does not name.
    pub unknown_content_types: Unknown,
    /// The largest body that is checked, in bytes; the answer with a larger one is refused.
    #[schemars(range(min = 1, max = 8_388_608))]
    pub max_body_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            headers: true,
            body: true,
            unknown_statuses: Unknown::Pass,
            unknown_content_types: Unknown::Refuse,
            max_body_bytes: 1024 * 1024,
        }
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        if !self.headers && !self.body && self.unknown_statuses == Unknown::Pass {
            let problem = "checks nothing; leave `headers` or `body` on";
            errors.push(ConfigError::new("", problem));
        }
        if !(1..=LARGEST).contains(&self.max_body_bytes) {
            let problem = format!("is between 1 and {LARGEST}");
            errors.push(ConfigError::new("max_body_bytes", problem));
        }
        errors
    }
}

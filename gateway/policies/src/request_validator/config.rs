//! Configuration of `request_validator`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;

/// Largest bound of a body, in bytes.
const LARGEST: usize = 8 * 1024 * 1024;

/// What of a request is held against the operation in the API's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "request_validator")]
pub struct Config {
    /// Whether parameters of path, query, headers and cookies are checked.
    pub parameters: bool,
    /// Whether the body is checked.
    pub body: bool,
    /// What becomes of query parameters that the document does not name.
    pub unknown_parameters: Unknown,
    /// What becomes of a body whose `Content-Type` the document does not name.
    pub unknown_content_types: Unknown,
    /// The largest body that is checked, in bytes; a larger one is refused with 413.
    #[schemars(range(min = 1, max = 8_388_608))]
    pub max_body_bytes: usize,
}

/// What becomes of what the document does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unknown {
    /// It passes.
    Pass,
    /// The request is refused.
    Refuse,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            parameters: true,
            body: true,
            unknown_parameters: Unknown::Pass,
            unknown_content_types: Unknown::Refuse,
            max_body_bytes: 1024 * 1024,
        }
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        if !self.parameters && !self.body {
            let problem = "checks nothing; leave `parameters` or `body` on";
            errors.push(ConfigError::new("", problem));
        }
        if !(1..=LARGEST).contains(&self.max_body_bytes) {
            let problem = format!("is between 1 and {LARGEST}");
            errors.push(ConfigError::new("max_body_bytes", problem));
        }
        errors
    }
}

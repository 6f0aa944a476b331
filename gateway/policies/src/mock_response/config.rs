//! Configuration of `mock_response`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;

/// Answers in place of the upstream, made from the API's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "mock_response")]
pub struct Config {
    /// The status of the answer, when the caller does not choose one; without it the first success of the document.
    #[schemars(range(min = 200, max = 599))]
    pub status: Option<u16>,
    /// The name of the example, when the caller does not choose one; without it the first.
    pub example: Option<String>,
    /// Whether callers may choose with `Prefer: code=404, example=name` (RFC 7240).
    pub callers_choose: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            status: None,
            example: None,
            callers_choose: true,
        }
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let is_status = |status: u16| (200..600).contains(&status);
        if self.status.is_some_and(|status| !is_status(status)) {
            return vec![ConfigError::new("status", "is between 200 and 599")];
        }
        Vec::new()
    }
}

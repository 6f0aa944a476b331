//! Configuration of `correlation_id`.

use http::HeaderName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;
use crate::upstream::is_framing;

/// Which header carries the id, and who sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "correlation_id")]
pub struct Config {
    /// The header.
    pub header: String,
    /// Makes a new id for every request, whatever the caller sent.
    pub always_new: bool,
    /// Tells the caller the id too.
    pub echo: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            header: "X-Correlation-Id".to_owned(),
            always_new: false,
            echo: true,
        }
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        match self.header.parse::<HeaderName>() {
            Err(_) => vec![ConfigError::new("header", "is not a header name")],
            Ok(name) if is_framing(&name) => {
                let problem = "decides where a message ends or goes; no policy may change it";
                vec![ConfigError::new("header", problem)]
            }
            Ok(_) => Vec::new(),
        }
    }
}

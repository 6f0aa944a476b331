//! Configuration of `ip_restriction`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::{kind, network};

/// Which addresses may call. An address that is denied is refused even when it is also allowed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "ip_restriction")]
pub struct Config {
    /// Addresses and networks that may call (`192.0.2.0/24`, `2001:db8::/32`, `192.0.2.7`). Without one, every address that
    /// is not denied may.
    pub allow: Vec<String>,
    /// Addresses and networks that may not.
    pub deny: Vec<String>,
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        for (key, list) in [("allow", &self.allow), ("deny", &self.deny)] {
            for (i, text) in list.iter().enumerate() {
                if let Err(problem) = network::parse(text) {
                    errors.push(ConfigError::new(format!("{key}[{i}]"), problem));
                }
            }
        }
        if self.allow.is_empty() && self.deny.is_empty() {
            errors.push(ConfigError::new("", "neither allows nor denies an address"));
        }
        errors
    }
}

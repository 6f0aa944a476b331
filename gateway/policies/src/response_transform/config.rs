//! Configuration of `response_transform`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::header_edits::HeaderEdits;
use crate::kind;

/// Changes to the upstream's answer before it goes to the caller. The gateway's own refusals are left as they are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "response_transform")]
pub struct Config {
    /// Changes to its headers.
    pub headers: HeaderEdits,
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = self.headers.check("headers");
        if self.headers.is_empty() {
            errors.push(ConfigError::new(
                "headers",
                "changes nothing; name a header",
            ));
        }
        errors
    }
}

//! Configuration of `basic_auth`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;

/// Takes a user name and a password that were made for an application (RFC 7617).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "basic_auth")]
pub struct Config {
    /// What a browser shows when it asks for the password.
    pub realm: String,
    /// Whether the password is removed before the request goes to the upstream.
    pub hide_credential: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            realm: "api".into(),
            hide_credential: true,
        }
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let plain = |b: u8| (0x20..=0x7e).contains(&b) && b != b'"' && b != b'\\';
        if self.realm.bytes().all(plain) && self.realm.len() <= 100 {
            return Vec::new();
        }
        let problem = "may hold 100 printable ASCII characters without quotes and backslashes";
        vec![ConfigError::new("realm", problem)]
    }
}

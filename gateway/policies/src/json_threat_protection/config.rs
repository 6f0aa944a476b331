//! Configuration of `json_threat_protection`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;

/// Bounds on the JSON that callers send. It is read as it passes; nothing is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "json_threat_protection")]
pub struct Config {
    /// How deep lists and objects may stand inside each other.
    #[schemars(range(min = 1, max = 1_024))]
    pub max_depth: u16,
    /// Members that one object may have.
    pub max_members: u32,
    /// Items that one list may have.
    pub max_items: u32,
    /// Characters that a member's name may have.
    pub max_name_length: u32,
    /// Characters that a text may have.
    pub max_text_length: u32,
    /// Digits, signs and points that a number may have.
    pub max_number_length: u32,
    /// Values in all.
    pub max_values: u64,
    /// Bytes in all.
    pub max_bytes: u64,
    /// Whether bodies of every `Content-Type` are read as JSON, not only those that say to be: for APIs that take JSON under
    /// any name.
    pub every_content_type: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_depth: 32,
            max_members: 256,
            max_items: 10_000,
            max_name_length: 256,
            max_text_length: 65_536,
            max_number_length: 64,
            max_values: 100_000,
            max_bytes: 4 * 1024 * 1024,
            every_content_type: false,
        }
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        let mut least = |path: &str, is_fine: bool| {
            if !is_fine {
                errors.push(ConfigError::new(path, "is at least 1"));
            }
        };
        least("max_members", self.max_members > 0);
        least("max_items", self.max_items > 0);
        least("max_name_length", self.max_name_length > 0);
        least("max_text_length", self.max_text_length > 0);
        least("max_number_length", self.max_number_length > 0);
        least("max_values", self.max_values > 0);
        least("max_bytes", self.max_bytes > 0);
        if !(1..=1_024).contains(&self.max_depth) {
            errors.push(ConfigError::new("max_depth", "is between 1 and 1024"));
        }
        errors
    }
}

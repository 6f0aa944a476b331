//! Configuration of `bot_detection`.

use regex::{Regex, RegexBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;

/// Which programs may not call, by what they say of themselves in `User-Agent`. Patterns are regular expressions that may match
/// anywhere and ignore case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "bot_detection")]
pub struct Config {
    /// Patterns that let a request pass whatever else would refuse it.
    pub allow: Vec<String>,
    /// Patterns that refuse.
    pub deny: Vec<String>,
    /// Whether well-known crawlers and attack tools are refused.
    pub deny_known: bool,
    /// Whether requests without a `User-Agent` are refused.
    pub deny_unnamed: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            deny: Vec::new(),
            deny_known: true,
            deny_unnamed: false,
        }
    }
}

/// The largest compiled pattern, in bytes.
const LARGEST: usize = 256 << 10;

/// A pattern, compiled within bounds.
pub(super) fn pattern(text: &str) -> Result<Regex, String> {
    if text.is_empty() {
        return Err("is empty, which matches everything".into());
    }
    RegexBuilder::new(text)
        .case_insensitive(true)
        .size_limit(LARGEST)
        .build()
        .map_err(|error| format!("is not a regular expression: {error}"))
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        for (key, list) in [("allow", &self.allow), ("deny", &self.deny)] {
            for (i, text) in list.iter().enumerate() {
                if let Err(problem) = pattern(text) {
                    errors.push(ConfigError::new(format!("{key}[{i}]"), problem));
                }
            }
        }
        if self.deny.is_empty() && !self.deny_known && !self.deny_unnamed {
            errors.push(ConfigError::new("", "refuses nobody"));
        }
        errors
    }
}

//! Configuration of `opa`.

use http::HeaderName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address;
use crate::config_error::ConfigError;
use crate::kind;
use crate::upstream::is_framing;

/// Asks an Open Policy Agent whether a request may pass, over its REST data API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "opa")]
pub struct Config {
    /// The rule's address in the data API: `https://opa.example.com/v1/data/gateway/allow`.
    pub url: String,
    /// How long an answer may take, in milliseconds.
    #[serde(default = "timeout_ms")]
    #[schemars(range(min = 10, max = 30000))]
    pub timeout_ms: u32,
    /// The request headers that the agent gets. Without one, all of them but credentials (`Authorization`, `Cookie`,
    /// `Proxy-Authorization`).
    #[serde(default)]
    pub request_headers: Vec<String>,
    /// The largest request body that the agent gets, in bytes; 0 for no body. A larger one is refused.
    #[serde(default)]
    #[schemars(range(max = 1048576))]
    pub body_bytes: usize,
    /// The headers of the agent's answer that the upstream gets. The same headers of the caller are removed.
    #[serde(default)]
    pub upstream_headers: Vec<String>,
}

const fn timeout_ms() -> u32 {
    1_000
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        if let Err(problem) = address::parse(&self.url) {
            errors.push(ConfigError::new("url", problem));
        }
        if !(10..=30_000).contains(&self.timeout_ms) {
            errors.push(ConfigError::new("timeout_ms", "must be from 10 to 30000"));
        }
        if self.body_bytes > 1 << 20 {
            errors.push(ConfigError::new("body_bytes", "must be at most 1048576"));
        }
        errors.extend(header_names("request_headers", &self.request_headers));
        errors.extend(header_names("upstream_headers", &self.upstream_headers));
        errors
    }
}

/// What is wrong with a list of names of headers.
pub(crate) fn header_names(key: &str, names: &[String]) -> Vec<ConfigError> {
    let wrong = |text: &String| match text.parse::<HeaderName>() {
        Err(_) => Some(format!("`{text}` is not a header name")),
        Ok(name) if is_framing(&name) => Some(format!(
            "`{text}` decides where a message ends or goes; no policy may pass it on"
        )),
        Ok(_) => None,
    };
    names
        .iter()
        .enumerate()
        .filter_map(|(i, text)| Some(ConfigError::new(format!("{key}[{i}]"), wrong(text)?)))
        .collect()
}

//! Configuration of `request_termination`.

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;
use crate::upstream::is_framing;

/// The answer that every request gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "request_termination")]
pub struct Config {
    /// The status of the answer.
    #[schemars(range(min = 200, max = 599))]
    pub status: u16,
    /// One line for people; the answer is a problem document (RFC 9457) with it. Not beside `body`.
    pub message: Option<String>,
    /// The body of the answer, as it is.
    #[schemars(length(max = 65_536))]
    pub body: Option<String>,
    /// The media type of `body`.
    pub content_type: String,
    /// More headers of the answer.
    pub headers: BTreeMap<String, String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            status: 503,
            message: None,
            body: None,
            content_type: "application/json".to_owned(),
            headers: BTreeMap::new(),
        }
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        if !(200..=599).contains(&self.status) {
            errors.push(ConfigError::new("status", "must be between 200 and 599"));
        }
        if self.message.is_some() && self.body.is_some() {
            errors.push(ConfigError::new("message", "cannot stand beside `body`"));
        }
        if self.body.as_ref().is_some_and(|body| body.len() > 65_536) {
            errors.push(ConfigError::new("body", "may have at most 65536 bytes"));
        }
        let bodiless = StatusCode::from_u16(self.status)
            .is_ok_and(|s| s == StatusCode::NO_CONTENT || s == StatusCode::NOT_MODIFIED);
        if bodiless && (self.body.is_some() || self.message.is_some()) {
            errors.push(ConfigError::new("status", "has no body"));
        }
        if HeaderValue::from_str(&self.content_type).is_err() {
            errors.push(ConfigError::new("content_type", "is not a header value"));
        }
        for (name, value) in &self.headers {
            let path = format!("headers.{name}");
            match name.parse::<HeaderName>() {
                Err(_) => errors.push(ConfigError::new(path, "is not a header name")),
                Ok(name) if is_framing(&name) => {
                    errors.push(ConfigError::new(
                        path,
                        "decides where a message ends or goes",
                    ));
                }
                Ok(_) if HeaderValue::from_str(value).is_err() => {
                    errors.push(ConfigError::new(path, "is not a header value"));
                }
                Ok(_) => {}
            }
        }
        errors
    }
}

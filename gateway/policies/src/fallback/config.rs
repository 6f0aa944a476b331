//! Configuration of `fallback`.

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;
use crate::upstream::is_framing;

/// What callers get when the upstream fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "fallback")]
pub struct Config {
    /// Statuses of the upstream that count as a failure. No answer at all always does.
    #[serde(default = "failures")]
    #[schemars(length(max = 32))]
    pub statuses: Vec<u16>,
    /// The slug of another upstream that is asked instead, for GET, HEAD and OPTIONS.
    #[serde(default)]
    pub upstream: Option<String>,
    /// How long that one has, in milliseconds.
    #[serde(default = "timeout")]
    #[schemars(range(min = 1, max = 60_000))]
    pub timeout_ms: u32,
    /// The largest answer of that one, in bytes.
    #[serde(default = "body")]
    #[schemars(range(min = 1, max = 16_777_216))]
    pub max_body_bytes: usize,
    /// An answer that is given instead; after the other upstream failed too, when there is one.
    #[serde(default)]
    pub answer: Option<FixedAnswer>,
}

/// An answer that is always the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedAnswer {
    /// Its status.
    #[serde(default = "ok")]
    #[schemars(range(min = 200, max = 599))]
    pub status: u16,
    /// Its body.
    #[serde(default)]
    #[schemars(length(max = 65_536))]
    pub body: String,
    /// The media type of its body.
    #[serde(default = "json")]
    pub content_type: String,
    /// More headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

fn failures() -> Vec<u16> {
    vec![502, 503, 504]
}
const fn timeout() -> u32 {
    5_000
}
const fn body() -> usize {
    1_048_576
}
const fn ok() -> u16 {
    200
}
fn json() -> String {
    "application/json".to_owned()
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        let mut wrong = |path: &str, problem: &str| errors.push(ConfigError::new(path, problem));
        if self.upstream.is_none() && self.answer.is_none() {
            wrong("", "needs `upstream` or `answer`");
        }
        if self.upstream.as_deref() == Some("") {
            wrong("upstream", "is empty");
        }
        if self.statuses.len() > 32 {
            wrong("statuses", "may have at most 32 entries");
        }
        for (i, status) in self.statuses.iter().enumerate() {
            if !(400..=599).contains(status) {
                wrong(&format!("statuses[{i}]"), "must be between 400 and 599");
            }
        }
        if !(1..=60_000).contains(&self.timeout_ms) {
            wrong("timeout_ms", "must be between 1 and 60000");
        }
        if !(1..=16_777_216).contains(&self.max_body_bytes) {
            wrong("max_body_bytes", "must be between 1 and 16777216");
        }
        if let Some(answer) = &self.answer {
            if !(200..=599).contains(&answer.status) || matches!(answer.status, 204 | 304) {
                wrong(
                    "answer.status",
                    "must be between 200 and 599, and have a body",
                );
            }
            if answer.body.len() > 65_536 {
                wrong("answer.body", "may have at most 65536 bytes");
            }
            if HeaderValue::from_str(&answer.content_type).is_err() {
                wrong("answer.content_type", "is not a header value");
            }
            for (name, value) in &answer.headers {
                let path = format!("answer.headers.{name}");
                match name.parse::<HeaderName>() {
                    Err(_) => wrong(&path, "is not a header name"),
                    Ok(name) if is_framing(&name) => {
                        wrong(&path, "decides where a message ends or goes");
                    }
                    Ok(_) if HeaderValue::from_str(value).is_err() => {
                        wrong(&path, "is not a header value");
                    }
                    Ok(_) => {}
                }
            }
        }
        errors
    }
}

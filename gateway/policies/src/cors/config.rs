//! Configuration of `cors`.

use http::{HeaderName, Method};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::origin::Pattern;
use crate::config_error::ConfigError;
use crate::kind;

/// From which pages browsers may call the API (the Fetch standard's CORS protocol).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "cors")]
pub struct Config {
    /// Origins: `https://app.example.com`, `https://*.example.com` for every host below it, or `*` for all.
    pub origins: Vec<String>,
    /// Methods that pages may use.
    #[serde(default = "default_methods")]
    pub methods: Vec<String>,
    /// Request headers that pages may send; empty allows what they ask for.
    #[serde(default)]
    pub headers: Vec<String>,
    /// Response headers that pages may read besides the simple ones.
    #[serde(default = "default_expose")]
    pub expose: Vec<String>,
    /// Whether pages may send cookies and HTTP authentication. Not together with the origin `*`.
    #[serde(default)]
    pub credentials: bool,
    /// For how many seconds a browser may remember the answer to its question.
    #[serde(default = "default_max_age")]
    #[schemars(range(max = 86_400))]
    pub max_age_seconds: u32,
}

fn default_methods() -> Vec<String> {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
        .map(String::from)
        .into()
}

fn default_expose() -> Vec<String> {
    [
        "RateLimit",
        "RateLimit-Policy",
        "Retry-After",
        "X-Request-Id",
    ]
    .map(String::from)
    .into()
}

fn default_max_age() -> u32 {
    600
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        if self.origins.is_empty() {
            errors.push(ConfigError::new("origins", "is empty: no page could call"));
        }
        for (i, origin) in self.origins.iter().enumerate() {
            if let Err(problem) = origin.parse::<Pattern>() {
                errors.push(ConfigError::new(format!("origins[{i}]"), problem));
            }
            if origin == "*" && self.credentials {
                let problem = "cannot be `*` together with `credentials`: every page could act as its visitor";
                errors.push(ConfigError::new(format!("origins[{i}]"), problem));
            }
        }
        for (i, method) in self.methods.iter().enumerate() {
            if method.parse::<Method>().is_err() {
                errors.push(ConfigError::new(format!("methods[{i}]"), "is not a method"));
            }
        }
        for (key, names) in [("headers", &self.headers), ("expose", &self.expose)] {
            for (i, name) in names.iter().enumerate() {
                if name.parse::<HeaderName>().is_err() {
                    let path = format!("{key}[{i}]");
                    errors.push(ConfigError::new(path, "is not a header name"));
                }
            }
        }
        if self.max_age_seconds > 86_400 {
            errors.push(ConfigError::new(
                "max_age_seconds",
                "is more than a day (86400)",
            ));
        }
        errors
    }
}

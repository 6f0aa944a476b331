//! Configuration of `key_auth`.

use http::HeaderName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;

/// Where a request may carry its API key. The places are looked at in the order headers, bearer, query, cookies; the first
/// that holds something decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "key_auth")]
pub struct Config {
    /// Headers that hold the key and nothing else.
    pub headers: Vec<String>,
    /// Whether the key may also stand in `Authorization: Bearer`.
    pub bearer: bool,
    /// Query parameters that hold the key. Keys in URLs end up in logs and histories: prefer a header.
    pub query: Vec<String>,
    /// Cookies that hold the key.
    pub cookies: Vec<String>,
    /// Whether the key is removed before the request goes to the upstream.
    pub hide_credential: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            headers: vec!["X-API-Key".into()],
            bearer: false,
            query: Vec::new(),
            cookies: Vec::new(),
            hide_credential: true,
        }
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        for (i, name) in self.headers.iter().enumerate() {
            let path = format!("headers[{i}]");
            match name.parse::<HeaderName>() {
                Err(_) => errors.push(ConfigError::new(path, "is not a header name")),
                Ok(name) if name == http::header::AUTHORIZATION => errors.push(ConfigError::new(
                    path,
                    "cannot hold a bare key; switch `bearer` on instead",
                )),
                Ok(_) => {}
            }
        }
        for (key, names) in [("query", &self.query), ("cookies", &self.cookies)] {
            for (i, name) in names.iter().enumerate() {
                let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~$[]".contains(&b);
                if name.is_empty() || !name.bytes().all(plain) {
                    let path = format!("{key}[{i}]");
                    errors.push(ConfigError::new(
                        path,
                        "may hold only letters, digits and -_.~$[]",
                    ));
                }
            }
        }
        let none = self.headers.is_empty() && self.query.is_empty() && self.cookies.is_empty();
        if none && !self.bearer {
            errors.push(ConfigError::new("", "names no place where a key may stand"));
        }
        errors
    }
}

//! Configuration of `oauth2_introspection`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address;
use crate::config_error::ConfigError;
use crate::kind;
use crate::secret::SecretText;
use crate::token::{ClaimHeaders, Places};

/// Takes tokens that only their issuer can read: it is asked about each (RFC 7662), and its answer is kept for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "oauth2_introspection")]
pub struct Config {
    /// Where the issuer answers: its introspection endpoint.
    pub url: String,
    /// The issuer's name. Applications are found by it and `application_claim`; when an answer has `iss`, it must be the same.
    pub issuer: String,
    /// The gateway's client id at the issuer.
    pub client_id: String,
    /// The gateway's secret at the issuer.
    pub client_secret: SecretText,
    /// For whom a token must be (`aud`): for one of these. Without one, for anybody.
    #[serde(default)]
    pub audiences: Vec<String>,
    /// Scopes that a token must have, all of them.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// What else the answer must say, by name or path, each with its value or a list of values of which one will do.
    #[serde(default)]
    pub claims: BTreeMap<String, Value>,
    /// The member of the answer that names the application.
    #[serde(default = "application_claim")]
    pub application_claim: String,
    /// Members of the answer that the upstream gets as headers: from a header's name to a member's name or path.
    #[serde(default)]
    pub claim_headers: BTreeMap<String, String>,
    /// Whether a token must be bound to a key of the client, so that whoever reads it cannot use it (DPoP, RFC 9449). The proof of
    /// a token that is bound is checked in any case.
    #[serde(default)]
    pub require_dpop: bool,
    /// Seconds for which an answer is kept: so long a token that was revoked may still pass. 0 asks every time.
    #[serde(default = "cache_seconds")]
    #[schemars(range(max = 3600))]
    pub cache_seconds: u32,
    /// How long an answer may take, in milliseconds.
    #[serde(default = "timeout_ms")]
    #[schemars(range(min = 10, max = 30000))]
    pub timeout_ms: u32,
    /// The header that holds the token: `Authorization` behind `Bearer` or `DPoP`, others with or without it.
    #[serde(default = "header")]
    pub header: String,
    /// Query parameters that may hold the token. Tokens in URLs end up in logs: prefer the header.
    #[serde(default)]
    pub query: Vec<String>,
    /// Whether the token is removed before the request goes to the upstream.
    #[serde(default = "hide_credential")]
    pub hide_credential: bool,
}

fn application_claim() -> String {
    "client_id".into()
}

fn header() -> String {
    "Authorization".into()
}

const fn cache_seconds() -> u32 {
    30
}

const fn timeout_ms() -> u32 {
    2_000
}

const fn hide_credential() -> bool {
    true
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        if let Err(problem) = address::parse(&self.url) {
            errors.push(ConfigError::new("url", problem));
        }
        for (key, empty) in [
            ("issuer", self.issuer.is_empty()),
            ("client_id", self.client_id.is_empty()),
            ("client_secret", self.client_secret.is_empty()),
            ("application_claim", self.application_claim.is_empty()),
        ] {
            if empty {
                errors.push(ConfigError::new(key, "is empty"));
            }
        }
        if self.cache_seconds > 3_600 {
            errors.push(ConfigError::new("cache_seconds", "must be at most 3600"));
        }
        if !(10..=30_000).contains(&self.timeout_ms) {
            errors.push(ConfigError::new("timeout_ms", "must be from 10 to 30000"));
        }
        errors.extend(Places::check(&self.header, &self.query));
        errors.extend(ClaimHeaders::check(&self.claim_headers));
        errors
    }
}

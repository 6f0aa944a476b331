//! Configuration of `oauth2`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;
use crate::token::{ClaimHeaders, Places};

/// Takes access tokens of this platform's own OAuth 2 server. The keys come with the configuration: nobody is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "oauth2")]
pub struct Config {
    /// Scopes that a token must have, all of them.
    pub scopes: Vec<String>,
    /// Whether a token must also have the scopes that the API's document asks for on the operation.
    pub operation_scopes: bool,
    /// For whom a token must be (`aud`): for one of these. Without one, for whatever the platform writes into it: the public
    /// address of the gateway.
    pub audiences: Vec<String>,
    /// Whether a token must be bound to a key of the client, so that whoever reads it cannot use it (DPoP, RFC 9449). The proof of
    /// a token that is bound is checked in any case.
    pub require_dpop: bool,
    /// Whether a token must stand for a person who consented: one of the client alone is refused then.
    pub require_person: bool,
    /// Claims that the upstream gets as headers: from a header's name to a claim's name, such as `sub` for the person.
    pub claim_headers: BTreeMap<String, String>,
    /// The header that holds the token: `Authorization` behind `Bearer` or `DPoP`, others with or without it.
    pub header: String,
    /// Whether the token is removed before the request goes to the upstream.
    pub hide_credential: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            scopes: Vec::new(),
            operation_scopes: true,
            audiences: Vec::new(),
            require_dpop: false,
            require_person: false,
            claim_headers: BTreeMap::new(),
            header: "Authorization".into(),
            hide_credential: true,
        }
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Places::check(&self.header, &[]);
        errors.extend(ClaimHeaders::check(&self.claim_headers));
        for (i, scope) in self.scopes.iter().enumerate() {
            if !domain::oauth::is_scope(scope) {
                let problem =
                    "is not one scope: visible ASCII without blanks, quotes and backslashes";
                errors.push(ConfigError::new(format!("scopes[{i}]"), problem));
            }
        }
        for (i, audience) in self.audiences.iter().enumerate() {
            if audience.is_empty() {
                errors.push(ConfigError::new(format!("audiences[{i}]"), "is empty"));
            }
        }
        errors
    }
}

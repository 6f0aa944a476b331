//! Configuration of `jwt`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address;
use crate::config_error::ConfigError;
use crate::jose::algorithm::Algorithm;
use crate::jose::key::Key;
use crate::kind;
use crate::secret::SecretText;
use crate::token::{ClaimHeaders, Places};

/// Takes JSON Web Tokens (RFC 7519) of an issuer. Keys come from exactly one place: `jwks_url`, `keys`, `secret`,
/// `application_keys`, or, when none of these is given, the discovery document of `issuer`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "jwt")]
pub struct Config {
    /// Who must have issued the token (`iss`). Applications are found by it and `application_claim`.
    pub issuer: String,
    /// Where the issuer publishes its keys (a JWK Set, RFC 7517).
    pub jwks_url: Option<String>,
    /// Public keys, as JWKs.
    pub keys: Vec<Value>,
    /// A secret that issuer and gateway share, for HS256, HS384 or HS512.
    pub secret: Option<SecretText>,
    /// Whether each application signs its tokens with a key of its own: the one in its credential of kind `jwt_issuer`.
    /// Without an `issuer` that credential is found by the value of `application_claim` alone, as issuer and as subject.
    pub application_keys: bool,
    /// Which algorithms are taken. Each key is for its own algorithm anyway: this narrows them further, and says which an RSA
    /// key without `alg` is for.
    pub algorithms: Vec<Algorithm>,
    /// For whom a token must be (`aud`): for one of these. Without one, for anybody; do not leave it empty where one issuer
    /// serves several APIs.
    pub audiences: Vec<String>,
    /// Scopes that a token must have, all of them.
    pub scopes: Vec<String>,
    /// Claims that a token must have, by name or path, each with its value or a list of values of which one will do.
    pub claims: BTreeMap<String, Value>,
    /// Types of token (`typ`) that are taken, such as `at+jwt`. Without one, every type, also none.
    pub types: Vec<String>,
    /// Whether a token must be bound to a key of the client, so that whoever reads it cannot use it (DPoP, RFC 9449). The proof of
    /// a token that is bound is checked in any case.
    pub require_dpop: bool,
    /// Seconds that the issuer's clock may be off.
    #[schemars(range(max = 300))]
    pub clock_skew_seconds: u32,
    /// Whether a token must have an end (`exp`).
    pub require_expiry: bool,
    /// The longest life of a token in seconds, from `iat` to `exp`; 0 for any.
    pub longest_life_seconds: u32,
    /// The claim that names the application: its value and the issuer are looked up among the applications' credentials of
    /// kind `jwt_issuer`.
    pub application_claim: String,
    /// Claims that the upstream gets as headers: from a header's name to a claim's name or path.
    pub claim_headers: BTreeMap<String, String>,
    /// The header that holds the token: `Authorization` behind `Bearer` or `DPoP`, others with or without it.
    pub header: String,
    /// Query parameters that may hold the token. Tokens in URLs end up in logs: prefer the header.
    pub query: Vec<String>,
    /// Whether the token is removed before the request goes to the upstream.
    pub hide_credential: bool,
    /// Seconds after which fetched keys are renewed.
    #[schemars(range(min = 30, max = 86400))]
    pub renew_seconds: u32,
    /// Seconds for which keys are used at most when renewing them fails.
    #[schemars(range(min = 60, max = 604800))]
    pub keep_seconds: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            jwks_url: None,
            keys: Vec::new(),
            secret: None,
            application_keys: false,
            algorithms: Vec::new(),
            audiences: Vec::new(),
            scopes: Vec::new(),
            claims: BTreeMap::new(),
            types: Vec::new(),
            require_dpop: false,
            clock_skew_seconds: 30,
            require_expiry: true,
            longest_life_seconds: 0,
            application_claim: "client_id".into(),
            claim_headers: BTreeMap::new(),
            header: "Authorization".into(),
            query: Vec::new(),
            hide_credential: true,
            renew_seconds: 900,
            keep_seconds: 86_400,
        }
    }
}

impl Config {
    /// What an RSA key without `alg` is for.
    pub(super) fn rsa(&self) -> Vec<Algorithm> {
        if self.algorithms.is_empty() {
            return vec![Algorithm::RS256];
        }
        let chosen = self.algorithms.iter().copied();
        chosen.filter(|one| Algorithm::RSA.contains(one)).collect()
    }

    /// Which algorithms are taken at all.
    pub(super) fn taken(&self) -> Vec<Algorithm> {
        if !self.algorithms.is_empty() {
            return self.algorithms.clone();
        }
        let all = Algorithm::ALL.into_iter();
        if self.application_keys {
            return all.collect();
        }
        let symmetric = self.secret.is_some();
        all.filter(|one| one.is_symmetric() == symmetric).collect()
    }

    /// What the shared secret is for: the algorithms that were chosen, or HS256.
    pub(super) fn secret_algorithm(&self) -> Algorithm {
        let chosen = self
            .algorithms
            .iter()
            .copied()
            .find(|one| one.is_symmetric());
        chosen.unwrap_or(Algorithm::HS256)
    }

    fn check_keys(&self, errors: &mut Vec<ConfigError>) {
        let given = [
            self.jwks_url.is_some(),
            !self.keys.is_empty(),
            self.secret.is_some(),
            self.application_keys,
        ];
        match given.iter().filter(|given| **given).count() {
            0 if self.issuer.is_empty() => errors.push(ConfigError::new(
                "",
                "says not where the keys are; give `issuer`, `jwks_url`, `keys`, `secret` or `application_keys`",
            )),
            0 => {
                if let Err(problem) = address::parse(&self.issuer) {
                    let problem = format!("keys are looked for at the issuer: {problem}");
                    errors.push(ConfigError::new("issuer", problem));
                }
            }
            1 => {}
            _ => errors.push(ConfigError::new(
                "",
                "names several places for keys; one of `jwks_url`, `keys`, `secret` and `application_keys` is enough",
            )),
        }
        if let Some(Err(problem)) = self.jwks_url.as_deref().map(address::parse) {
            errors.push(ConfigError::new("jwks_url", problem));
        }
        for (i, jwk) in self.keys.iter().enumerate() {
            if let Err(error) = Key::from_jwk(jwk, &self.rsa()) {
                errors.push(ConfigError::new(format!("keys[{i}]"), error.to_string()));
            }
            if ["d", "k", "p"]
                .iter()
                .any(|private| jwk.get(private).is_some())
            {
                let problem = "holds a private key; give the public half only";
                errors.push(ConfigError::new(format!("keys[{i}]"), problem));
            }
        }
        let symmetric = self
            .algorithms
            .iter()
            .filter(|one| one.is_symmetric())
            .count();
        match &self.secret {
            Some(_) if symmetric > 1 || symmetric < self.algorithms.len() => {
                errors.push(ConfigError::new(
                    "algorithms",
                    "a secret is for one of HS256, HS384 and HS512",
                ));
            }
            Some(secret) => {
                let algorithm = self.secret_algorithm();
                let shortest = algorithm.shortest_secret();
                if secret.plain().is_some_and(|secret| secret.len() < shortest) {
                    let problem = format!(
                        "is shorter than the {shortest} bytes that {} needs",
                        algorithm.as_str()
                    );
                    errors.push(ConfigError::new("secret", problem));
                }
            }
            None if symmetric > 0 && !self.application_keys => errors.push(ConfigError::new(
                "algorithms",
                "HS256, HS384 and HS512 need `secret`; published keys are never taken as secrets",
            )),
            None => {}
        }
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        self.check_keys(&mut errors);
        if self.clock_skew_seconds > 300 {
            errors.push(ConfigError::new(
                "clock_skew_seconds",
                "must be at most 300",
            ));
        }
        if !(30..=86_400).contains(&self.renew_seconds) {
            errors.push(ConfigError::new(
                "renew_seconds",
                "must be from 30 to 86400",
            ));
        }
        if !(60..=604_800).contains(&self.keep_seconds) || self.keep_seconds < self.renew_seconds {
            let problem = "must be from 60 to 604800, and at least `renew_seconds`";
            errors.push(ConfigError::new("keep_seconds", problem));
        }
        if self.application_claim.is_empty() {
            errors.push(ConfigError::new("application_claim", "is empty"));
        }
        if self.issuer.is_empty() && !self.application_keys {
            errors.push(ConfigError::new(
                "issuer",
                "is needed: applications are found by it",
            ));
        }
        errors.extend(Places::check(&self.header, &self.query));
        errors.extend(ClaimHeaders::check(&self.claim_headers));
        errors
    }
}

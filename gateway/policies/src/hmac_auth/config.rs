//! Configuration of `hmac_auth`.

use http::HeaderName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::component::Derived;
use crate::config_error::ConfigError;
use crate::kind;

/// Takes requests that are signed with a secret of an application (HTTP Message Signatures, RFC 9421, with `hmac-sha256`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "hmac_auth")]
pub struct Config {
    /// What a signature must cover at least: derived components such as `@method` and names of headers. `@target-uri` counts for
    /// `@scheme`, `@authority`, `@path` and `@query`; `@request-target` for `@path` and `@query`.
    pub required_components: Vec<String>,
    /// Seconds since `created` after which a signature is not taken.
    #[schemars(range(min = 1, max = 3600))]
    pub max_age_seconds: u32,
    /// Seconds that the caller's clock may be ahead.
    #[schemars(range(max = 300))]
    pub clock_skew_seconds: u32,
    /// Whether a body must be covered by `Content-Digest` (RFC 9530).
    pub require_digest: bool,
    /// The largest body whose digest is checked, in bytes; a larger one is refused. 0: no digest is checked.
    #[schemars(range(max = 10485760))]
    pub body_bytes: usize,
    /// Whether a signature needs a `nonce`, which one node takes only once while the signature is young enough.
    pub require_nonce: bool,
    /// The `tag` that a signature must have.
    pub tag: Option<String>,
    /// Whether `Signature` and `Signature-Input` are removed before the request goes to the upstream.
    pub hide_credential: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            required_components: ["@method", "@authority", "@path", "@query"]
                .map(str::to_owned)
                .to_vec(),
            max_age_seconds: 300,
            clock_skew_seconds: 30,
            require_digest: true,
            body_bytes: 1 << 20,
            require_nonce: false,
            tag: None,
            hide_credential: true,
        }
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        for (i, name) in self.required_components.iter().enumerate() {
            let known = match name.strip_prefix('@') {
                Some(_) => Derived::named(name).is_some(),
                None => {
                    name.parse::<HeaderName>().is_ok()
                        && !name.bytes().any(|b| b.is_ascii_uppercase())
                }
            };
            if !known {
                let path = format!("required_components[{i}]");
                let problem =
                    "is neither a derived component nor the name of a header in lower case";
                errors.push(ConfigError::new(path, problem));
            }
        }
        if self.required_components.is_empty() {
            let problem = "is empty: a signature over nothing says nothing";
            errors.push(ConfigError::new("required_components", problem));
        }
        if !(1..=3_600).contains(&self.max_age_seconds) {
            errors.push(ConfigError::new(
                "max_age_seconds",
                "must be from 1 to 3600",
            ));
        }
        if self.clock_skew_seconds > 300 {
            errors.push(ConfigError::new(
                "clock_skew_seconds",
                "must be at most 300",
            ));
        }
        if self.body_bytes > 10 << 20 {
            errors.push(ConfigError::new("body_bytes", "must be at most 10485760"));
        }
        if self.require_digest && self.body_bytes == 0 {
            let problem = "must be above 0 where a digest is required";
            errors.push(ConfigError::new("body_bytes", problem));
        }
        errors
    }
}

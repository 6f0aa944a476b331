//! Configuration of `mtls_auth`.

use http::HeaderName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;
use crate::upstream::is_framing;

/// Takes a client certificate that an application has given to the platform.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "mtls_auth")]
pub struct Config {
    /// Parts of which the certificate's subject must have one (`O=Harbor Ltd`), or whole subjects. Without one, every subject
    /// will do.
    pub subjects: Vec<String>,
    /// The header in which the upstream gets the certificate's subject. The caller's own of this name is removed.
    pub subject_header: Option<String>,
    /// The header in which the upstream gets the SHA-256 of the certificate, in hexadecimal digits.
    pub fingerprint_header: Option<String>,
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        for (i, text) in self.subjects.iter().enumerate() {
            if text.trim().is_empty() {
                errors.push(ConfigError::new(format!("subjects[{i}]"), "is empty"));
            }
        }
        for (key, name) in [
            ("subject_header", &self.subject_header),
            ("fingerprint_header", &self.fingerprint_header),
        ] {
            match name.as_deref().map(str::parse::<HeaderName>) {
                Some(Err(_)) => errors.push(ConfigError::new(key, "is not a header name")),
                Some(Ok(name)) if is_framing(&name) => {
                    errors.push(ConfigError::new(
                        key,
                        "decides where a message ends or goes",
                    ));
                }
                _ => {}
            }
        }
        errors
    }
}

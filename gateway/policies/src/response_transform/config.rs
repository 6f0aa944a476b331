//! Configuration of `response_transform`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::body_edits::BodyEdits;
use crate::config_error::ConfigError;
use crate::header_edits::HeaderEdits;
use crate::kind;
use crate::templates::Names;

/// Largest bound of a body, in bytes.
const LARGEST: usize = 8 * 1024 * 1024;

/// Changes to the upstream's answer before it goes to the caller. The gateway's own refusals are left as they are. Values
/// are text in which `{{ ... }}` reads what is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "response_transform")]
pub struct Config {
    /// Changes to its headers.
    pub headers: HeaderEdits,
    /// Changes to its body.
    pub body: Option<BodyEdits>,
    /// Which answers are changed, by status: `200`, `2xx`; empty for all.
    pub statuses: Vec<String>,
    /// The largest body that is changed, in bytes; the answer with a larger one is refused.
    #[schemars(range(min = 1, max = 8_388_608))]
    pub max_body_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            headers: HeaderEdits::default(),
            body: None,
            statuses: Vec::new(),
            max_body_bytes: 1024 * 1024,
        }
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = self.headers.check("headers", Names::HEAD);
        if self.headers.is_empty() && self.body.is_none() {
            errors.push(ConfigError::new(
                "",
                "changes nothing; name a header or a body",
            ));
        }
        if let Some(body) = &self.body {
            errors.extend(body.check("body", Names::RESPONSE));
        }
        for (place, status) in self.statuses.iter().enumerate() {
            if crate::statuses::Statuses::parse(status).is_none() {
                let path = format!("statuses[{place}]");
                let problem = format!("`{status}` is neither a status nor a class such as `2xx`");
                errors.push(ConfigError::new(path, problem));
            }
        }
        if !(1..=LARGEST).contains(&self.max_body_bytes) {
            let problem = format!("is between 1 and {LARGEST}");
            errors.push(ConfigError::new("max_body_bytes", problem));
        }
        errors
    }
}

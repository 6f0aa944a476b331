//! Configuration of `request_transform`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::body_edits::BodyEdits;
use crate::config_error::ConfigError;
use crate::header_edits::HeaderEdits;
use crate::kind;
use crate::path_template::PathTemplate;
use crate::templates::{Names, Text};

/// Largest bound of a body, in bytes.
const LARGEST: usize = 8 * 1024 * 1024;

/// Changes to the request before it goes to the upstream. Values are text in which `{{ ... }}` reads what is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "request_transform")]
pub struct Config {
    /// Changes to its headers.
    pub headers: HeaderEdits,
    /// Changes to its query.
    pub query: QueryEdits,
    /// The path that the upstream gets, below the target's own: `/v2/users/{{ claims.sub }}`. A value may not hold a slash,
    /// except `request.path` itself.
    pub path: Option<String>,
    /// Changes to its body. A request without a body is left without.
    pub body: Option<BodyEdits>,
    /// The largest body that is changed, in bytes; a larger one is refused with 413.
    #[schemars(range(min = 1, max = 8_388_608))]
    pub max_body_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            headers: HeaderEdits::default(),
            query: QueryEdits::default(),
            path: None,
            body: None,
            max_body_bytes: 1024 * 1024,
        }
    }
}

/// Changes to a query, made in this order: remove, rename, set, add. Names and values are plain text; they are encoded.
/// Values may hold templates.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QueryEdits {
    /// Names of parameters to remove.
    pub remove: Vec<String>,
    /// Parameters that get another name: from old to new.
    pub rename: BTreeMap<String, String>,
    /// Parameters that have this one value afterwards.
    pub set: BTreeMap<String, String>,
    /// Parameters that get this value besides those they have.
    pub add: BTreeMap<String, String>,
}

impl QueryEdits {
    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }

    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        let names = self
            .remove
            .iter()
            .chain(self.rename.keys())
            .chain(self.rename.values())
            .chain(self.set.keys())
            .chain(self.add.keys());
        if names.into_iter().any(String::is_empty) {
            errors.push(ConfigError::new(
                "query",
                "holds a parameter without a name",
            ));
        }
        for (key, map) in [("set", &self.set), ("add", &self.add)] {
            for (name, value) in map {
                if let Err(error) = Text::parse(value, Names::REQUEST) {
                    let path = format!("query.{key}.{name}");
                    errors.push(ConfigError::new(path, error.to_string()));
                }
            }
        }
        errors
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = self.headers.check("headers", Names::REQUEST);
        if self.headers.is_empty()
            && self.query.is_empty()
            && self.path.is_none()
            && self.body.is_none()
        {
            errors.push(ConfigError::new(
                "",
                "changes nothing; name a header, a query parameter, a path or a body",
            ));
        }
        errors.extend(self.query.check());
        let path = self.path.as_deref();
        if let Some(Err(error)) = path.map(|path| PathTemplate::parse(path, Names::REQUEST)) {
            errors.push(ConfigError::new("path", error));
        }
        if let Some(body) = &self.body {
            errors.extend(body.check("body", Names::BODY));
        }
        if !(1..=LARGEST).contains(&self.max_body_bytes) {
            let problem = format!("is between 1 and {LARGEST}");
            errors.push(ConfigError::new("max_body_bytes", problem));
        }
        errors
    }
}

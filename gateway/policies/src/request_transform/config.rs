//! Configuration of `request_transform`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::header_edits::HeaderEdits;
use crate::kind;

/// Changes to the request before it goes to the upstream.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "request_transform")]
pub struct Config {
    /// Changes to its headers.
    pub headers: HeaderEdits,
    /// Changes to its query.
    pub query: QueryEdits,
}

/// Changes to a query, made in this order: remove, rename, set, add. Names and values are plain text; they are encoded.
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
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = self.headers.check("headers");
        if self.headers.is_empty() && self.query.is_empty() {
            errors.push(ConfigError::new(
                "",
                "changes nothing; name a header or a query parameter",
            ));
        }
        let names = self
            .query
            .remove
            .iter()
            .chain(self.query.rename.keys())
            .chain(self.query.rename.values())
            .chain(self.query.set.keys())
            .chain(self.query.add.keys());
        if names.into_iter().any(String::is_empty) {
            errors.push(ConfigError::new(
                "query",
                "holds a parameter without a name",
            ));
        }
        errors
    }
}

//! What is wrong with a policy's configuration, and where.

use serde::Serialize;
use thiserror::Error;

/// One thing that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Error)]
#[error("{}{}{problem}", .path, if .path.is_empty() { "" } else { ": " })]
pub struct ConfigError {
    /// The key, with dots and indices: `limits[0].requests`. Empty for the configuration as a whole.
    pub path: String,
    /// What is wrong with it.
    pub problem: String,
}

impl ConfigError {
    /// An error at a key.
    pub fn new(path: impl Into<String>, problem: impl Into<String>) -> Self {
        let path = path.into();
        Self {
            path: if path == "." { String::new() } else { path },
            problem: problem.into(),
        }
    }
}

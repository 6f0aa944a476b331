//! Configurations of other gateways, made into a declaration: what was taken over, what was approximated and what could
//! not be is told with its place in the source. Nothing is fetched and nothing is applied.
#![warn(missing_docs)]

mod apisix;
mod edits;
mod jwk;
mod kong;
mod names;
mod parts;
mod placement;
mod policy;
mod postman;
mod report;
mod secrets;
mod source;
mod tyk;

pub use apisix::apisix;
pub use kong::kong;
pub use postman::postman;
pub use report::{Entry, Report, Verdict};
pub use source::SourceError;
pub use tyk::tyk;

use std::fmt::Write as _;

/// What a configuration became.
#[derive(Debug)]
pub struct Converted {
    /// The declaration: what is written to a file, or applied.
    pub declaration: declaration::Declaration,
    /// What became of each part of the source.
    pub report: Report,
    /// Variables that the declaration names and that hold secrets of the source: names and values.
    pub secrets: Vec<(String, String)>,
}

/// Why a declaration was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// It has something that JSON cannot hold.
    #[error("the declaration cannot be written")]
    Value(#[source] serde_json::Error),
    /// It has something that YAML cannot hold.
    #[error("the declaration cannot be written as YAML")]
    Yaml(#[source] yaml_serde::Error),
}

impl Converted {
    /// The declaration as a file, its references to variables as they are.
    ///
    /// # Errors
    /// When it has something that YAML cannot hold.
    pub fn file(&self) -> Result<String, WriteError> {
        let value = serde_json::to_value(&self.declaration).map_err(WriteError::Value)?;
        yaml_serde::to_string(&value).map_err(WriteError::Yaml)
    }

    /// The variables that hold secrets, as lines `NAME='value'` for a shell or a service's environment; empty for none.
    pub fn environment(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.secrets {
            // writing to a text does not fail
            let _ = writeln!(text, "{name}='{}'", value.replace('\'', "'\\''"));
        }
        text
    }
}

//! The versions of the specification that are understood.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The specification a document was written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Version {
    /// Swagger 2.0, converted to the 3.x model when read.
    #[serde(rename = "2.0")]
    Swagger20,
    /// OpenAPI 3.0.
    #[serde(rename = "3.0")]
    OpenApi30,
    /// OpenAPI 3.1.
    #[serde(rename = "3.1")]
    OpenApi31,
    /// OpenAPI 3.2.
    #[serde(rename = "3.2")]
    OpenApi32,
}

impl Version {
    /// The name for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Swagger20 => "Swagger 2.0",
            Self::OpenApi30 => "OpenAPI 3.0",
            Self::OpenApi31 => "OpenAPI 3.1",
            Self::OpenApi32 => "OpenAPI 3.2",
        }
    }

    /// The version that a field's text names.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.trim().split(['.', '-']);
        match (parts.next()?, parts.next().unwrap_or("0")) {
            ("2", "0") => Some(Self::Swagger20),
            ("3", "0") => Some(Self::OpenApi30),
            ("3", "1") => Some(Self::OpenApi31),
            ("3", "2") => Some(Self::OpenApi32),
            _ => None,
        }
    }
}

/// The text of the version field, also where it was written as a number.
pub(crate) fn written(root: &Value) -> Option<String> {
    let field = root.get("openapi").or_else(|| root.get("swagger"))?;
    match field {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

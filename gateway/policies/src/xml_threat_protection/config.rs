//! Configuration of `xml_threat_protection`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;
use crate::xml::XmlBounds;

/// Largest bound of a body, in bytes.
const LARGEST: usize = 8 * 1024 * 1024;

/// Bounds on the XML that callers send. Document types, entities and processing instructions are refused in any case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "xml_threat_protection")]
pub struct Config {
    /// How deep elements may stand inside each other.
    #[schemars(range(min = 1, max = 1_024))]
    pub max_depth: u16,
    /// Elements in all.
    pub max_elements: u32,
    /// Attributes that one element may have.
    #[schemars(range(min = 0, max = 1_024))]
    pub max_attributes: u16,
    /// Bytes that the name of an element or attribute may have.
    pub max_name_length: u32,
    /// Bytes that an attribute's value may have.
    pub max_value_length: u32,
    /// Bytes that the text between two tags may have.
    pub max_text_length: u32,
    /// Bytes in all: the body is read whole before the upstream sees anything of it.
    #[schemars(range(min = 1, max = 8_388_608))]
    pub max_bytes: usize,
    /// Whether bodies of every `Content-Type` are read as XML, not only those that say to be.
    pub every_content_type: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_depth: 32,
            max_elements: 10_000,
            max_attributes: 32,
            max_name_length: 256,
            max_value_length: 8_192,
            max_text_length: 65_536,
            max_bytes: 1024 * 1024,
            every_content_type: false,
        }
    }
}

impl Config {
    pub(super) fn bounds(&self) -> XmlBounds {
        let size = |bytes: u32| usize::try_from(bytes).unwrap_or(usize::MAX);
        XmlBounds {
            depth: self.max_depth.into(),
            elements: self.max_elements.into(),
            attributes: self.max_attributes.into(),
            name: size(self.max_name_length),
            value: size(self.max_value_length),
            text: size(self.max_text_length),
        }
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        if !(1..=1_024).contains(&self.max_depth) {
            errors.push(ConfigError::new("max_depth", "is between 1 and 1024"));
        }
        if self.max_attributes > 1_024 {
            errors.push(ConfigError::new("max_attributes", "is at most 1024"));
        }
        if self.max_elements == 0 {
            errors.push(ConfigError::new("max_elements", "is at least 1"));
        }
        if self.max_name_length == 0 {
            errors.push(ConfigError::new("max_name_length", "is at least 1"));
        }
        if !(1..=LARGEST).contains(&self.max_bytes) {
            let problem = format!("is between 1 and {LARGEST}");
            errors.push(ConfigError::new("max_bytes", problem));
        }
        errors
    }
}

//! Configuration of `xml_json`.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;
use crate::xml::{self, XmlBounds};

/// Largest bound of a body, in bytes.
const LARGEST: usize = 8 * 1024 * 1024;

/// Which way bodies are turned, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "xml_json")]
pub struct Config {
    /// What becomes of the request's body.
    pub request: Option<Direction>,
    /// What becomes of the response's body.
    pub response: Option<Direction>,
    /// What stands before the name of a member that is an attribute.
    pub attribute_prefix: String,
    /// The member that holds the text of an element that has attributes or elements too.
    pub text_member: String,
    /// The element around a JSON value that is not an object with one member.
    pub root: String,
    /// Elements that are a list even when there is only one of them, by name.
    pub lists: BTreeSet<String>,
    /// Whether texts that are numbers, `true` or `false` become such values. Otherwise every text stays a text.
    pub infer_types: bool,
    /// How deep values may stand inside each other.
    #[schemars(range(min = 1, max = 100))]
    pub max_depth: u8,
    /// Elements, members and items in all.
    pub max_elements: u32,
    /// The largest body that is turned, in bytes, before and after.
    #[schemars(range(min = 1, max = 8_388_608))]
    pub max_body_bytes: usize,
}

/// From what to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// XML comes in, JSON goes on.
    XmlToJson,
    /// JSON comes in, XML goes on.
    JsonToXml,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            request: None,
            response: None,
            attribute_prefix: "@".to_owned(),
            text_member: "#text".to_owned(),
            root: "root".to_owned(),
            lists: BTreeSet::new(),
            infer_types: false,
            max_depth: 32,
            max_elements: 20_000,
            max_body_bytes: 1024 * 1024,
        }
    }
}

impl Config {
    pub(super) fn bounds(&self) -> XmlBounds {
        XmlBounds {
            depth: self.max_depth.into(),
            elements: self.max_elements.into(),
            attributes: 256,
            name: 1_024,
            value: self.max_body_bytes,
            text: self.max_body_bytes,
        }
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        let mut wrong = |path: &str, problem: &str| errors.push(ConfigError::new(path, problem));
        if self.request.is_none() && self.response.is_none() {
            wrong(
                "",
                "turns nothing; name a direction for `request` or `response`",
            );
        }
        if self.attribute_prefix.is_empty() {
            wrong(
                "attribute_prefix",
                "is empty: attributes and elements could not be told apart",
            );
        }
        if self.text_member.is_empty() || self.text_member.starts_with(&self.attribute_prefix) {
            wrong("text_member", "is empty, or looks like an attribute");
        }
        if !xml::is_name(&self.root) {
            wrong("root", "is not the name of an element");
        }
        if !(1..=100).contains(&self.max_depth) {
            wrong("max_depth", "is between 1 and 100");
        }
        if self.max_elements == 0 {
            wrong("max_elements", "is at least 1");
        }
        if !(1..=LARGEST).contains(&self.max_body_bytes) {
            wrong("max_body_bytes", "is between 1 and 8388608");
        }
        errors
    }
}

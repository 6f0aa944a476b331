//! Configuration of `mask`.

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::json_path::JsonPath;
use crate::kind;

/// Largest bound of a body, in bytes.
const LARGEST: usize = 8 * 1024 * 1024;

/// What is kept from callers' eyes, and from the request log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "mask")]
pub struct Config {
    /// Members of JSON answers.
    pub fields: Vec<Field>,
    /// Headers of answers that are removed.
    pub headers: Vec<String>,
    /// What the request log does not hold.
    pub log: Log,
    /// The largest body that is looked into, in bytes; the answer with a larger one is refused.
    #[schemars(range(min = 1, max = 8_388_608))]
    pub max_body_bytes: usize,
    /// What becomes of an answer with a body that is not JSON, in which nothing can be masked.
    pub other_content: OtherContent,
}

/// Values in a JSON answer, and what is done to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// A pointer in which `*` is every member or item and `**` any depth: `/items/*/card/number`, `/**/password`.
    pub path: String,
    /// What is done.
    #[serde(default)]
    pub action: Action,
    /// For `replace`: what stands there instead.
    #[serde(default = "stars")]
    pub with: String,
    /// For `keep_last`: how many characters stay readable at the end.
    #[serde(default = "four")]
    #[schemars(range(min = 1, max = 16))]
    pub keep: u8,
}

fn stars() -> String {
    "***".to_owned()
}

fn four() -> u8 {
    4
}

/// What is done to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Another text stands in its place.
    #[default]
    Replace,
    /// It is gone.
    Remove,
    /// Its last characters stay, the others become `*`.
    KeepLast,
}

/// What becomes of an answer in which nothing can be masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OtherContent {
    /// It is refused.
    #[default]
    Refuse,
    /// It passes as it is.
    Pass,
}

/// What the request log does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Parts of the path, as regular expressions: what the first group matches, or else all of the match, becomes `***`.
    pub path: Vec<String>,
    /// The caller's address is left out.
    pub client_ip: bool,
    /// The caller's program is left out.
    pub user_agent: bool,
}

impl Log {
    pub(super) fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            fields: Vec::new(),
            headers: Vec::new(),
            log: Log::default(),
            max_body_bytes: 1024 * 1024,
            other_content: OtherContent::default(),
        }
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        let mut wrong = |path: String, problem: String| {
            errors.push(ConfigError::new(path, problem));
        };
        if self.fields.is_empty() && self.headers.is_empty() && self.log.is_empty() {
            let problem = "masks nothing; name a field, a header or a part of the log";
            wrong(String::new(), problem.to_owned());
        }
        for (place, field) in self.fields.iter().enumerate() {
            if let Err(error) = JsonPath::parse(&field.path) {
                wrong(format!("fields[{place}].path"), error.to_string());
            }
            if !(1..=16).contains(&field.keep) {
                let problem = "is between 1 and 16".to_owned();
                wrong(format!("fields[{place}].keep"), problem);
            }
        }
        for (place, name) in self.headers.iter().enumerate() {
            let parsed = name.parse::<http::HeaderName>();
            if parsed.is_err() || parsed.is_ok_and(|name| crate::upstream::is_framing(&name)) {
                let problem = format!("`{name}` is not the name of a header that can be removed");
                wrong(format!("headers[{place}]"), problem);
            }
        }
        for (place, pattern) in self.log.path.iter().enumerate() {
            if let Err(problem) = pattern_of(pattern) {
                wrong(format!("log.path[{place}]"), problem);
            }
        }
        if !(1..=LARGEST).contains(&self.max_body_bytes) {
            let problem = format!("is between 1 and {LARGEST}");
            wrong("max_body_bytes".to_owned(), problem);
        }
        errors
    }
}

/// A regular expression of bounded size; its engine takes linear time.
pub(super) fn pattern_of(text: &str) -> Result<Regex, String> {
    regex::RegexBuilder::new(text)
        .size_limit(64 * 1024)
        .build()
        .map_err(|_| format!("`{text}` is not a regular expression, or one that grows too large"))
}

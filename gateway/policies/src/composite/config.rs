//! Configuration of `composite`.

use std::collections::{BTreeMap, HashSet};

use http::{HeaderName, HeaderValue, Method};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config_error::ConfigError;
use crate::kind;

/// Calls of one composite.
pub(super) const CALLS: usize = 16;
/// Longest wait for all calls together, in milliseconds.
const LONGEST: u64 = 60_000;
/// Largest bound of a body, in bytes.
const LARGEST: usize = 8 * 1024 * 1024;

/// Several calls to upstreams, and one answer made of theirs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "composite")]
pub struct Config {
    /// The calls. Those that wait for nothing begin at once, beside each other.
    #[schemars(length(min = 1, max = 16))]
    pub calls: Vec<Call>,
    /// What the caller gets.
    pub answer: AnswerTemplate,
    /// The largest request body that templates can read, in bytes.
    #[serde(default = "one_mebibyte")]
    #[schemars(range(min = 1, max = 8_388_608))]
    pub max_body_bytes: usize,
}

/// One call to an upstream of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// What templates call it: `calls.<name>`. Letters, digits and `_`.
    pub name: String,
    /// The upstream's name in URLs.
    pub upstream: String,
    /// The method.
    #[serde(default = "get")]
    pub method: String,
    /// The path below the target's own. A value may not hold a slash, except `request.path` itself.
    pub path: String,
    /// The query, by name; values may hold templates.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// Headers; values may hold templates.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Headers of the request that are sent along as they came.
    #[serde(default)]
    pub forward_headers: Vec<String>,
    /// A JSON body, its strings as templates.
    #[serde(default)]
    pub body: Option<Value>,
    /// Calls that it waits for; its templates can read them and what they waited for.
    #[serde(default)]
    pub after: Vec<String>,
    /// An expression; when it is false the call is left out, as if it had failed and were `optional`.
    #[serde(default)]
    pub when: Option<String>,
    /// Whether the answer can do without it. Otherwise its failure is the composite's.
    #[serde(default)]
    pub optional: bool,
    /// What its `body` is in templates when it failed or was left out.
    #[serde(default)]
    pub fallback: Value,
    /// Statuses that count as success.
    #[serde(default = "successes")]
    pub success: Vec<String>,
    /// How long it may take, in milliseconds.
    #[serde(default = "two_seconds")]
    #[schemars(range(min = 1, max = 60_000))]
    pub timeout_ms: u64,
    /// The largest answer, in bytes.
    #[serde(default = "one_mebibyte")]
    #[schemars(range(min = 1, max = 8_388_608))]
    pub max_answer_bytes: usize,
}

/// What the caller gets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerTemplate {
    /// The status: a number, or an expression that makes one.
    #[serde(default = "ok")]
    pub status: Value,
    /// Headers; values may hold templates.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The JSON body, its strings as templates.
    pub json: Value,
}

fn one_mebibyte() -> usize {
    1024 * 1024
}

fn get() -> String {
    "GET".to_owned()
}

fn successes() -> Vec<String> {
    vec!["2xx".to_owned()]
}

fn two_seconds() -> u64 {
    2_000
}

fn ok() -> Value {
    Value::from(200)
}

impl Config {
    /// The calls in waves: those of one wave begin together, when the wave before has ended. `None` when calls wait for each
    /// other.
    pub(super) fn waves(&self) -> Option<Vec<Vec<usize>>> {
        let mut waves = Vec::new();
        let mut done: HashSet<&str> = HashSet::new();
        let mut left: Vec<usize> = (0..self.calls.len()).collect();
        while !left.is_empty() {
            let ready = |place: &usize| {
                let after = &self.calls[*place].after;
                after.iter().all(|name| done.contains(name.as_str()))
            };
            let (wave, later): (Vec<usize>, Vec<usize>) = left.into_iter().partition(ready);
            if wave.is_empty() {
                return None;
            }
            done.extend(wave.iter().map(|place| self.calls[*place].name.as_str()));
            waves.push(wave);
            left = later;
        }
        Some(waves)
    }

    /// All calls that one waits for, directly or not.
    pub(super) fn before<'c>(&'c self, call: &'c Call) -> HashSet<&'c str> {
        let mut found: HashSet<&str> = HashSet::new();
        let mut open: Vec<&str> = call.after.iter().map(String::as_str).collect();
        while let Some(name) = open.pop() {
            if found.insert(name)
                && let Some(call) = self.calls.iter().find(|call| call.name == name)
            {
                open.extend(call.after.iter().map(String::as_str));
            }
        }
        found
    }
}

impl Call {
    fn check(&self, at: &str, all: &HashSet<&str>) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        let mut wrong = |key: &str, problem: String| {
            errors.push(ConfigError::new(format!("{at}.{key}"), problem));
        };
        let begins = self.name.starts_with(|c: char| c.is_ascii_alphabetic());
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !begins || !self.name.chars().all(is_name) || self.name.len() > 64 {
            let problem = format!("`{}` is not letters, digits and `_`", self.name);
            wrong("name", problem);
        }
        if self.upstream.is_empty() {
            wrong("upstream", "is empty".to_owned());
        }
        if Method::from_bytes(self.method.as_bytes()).is_err() || self.method == "CONNECT" {
            let problem = format!("`{}` is not a method that can be called", self.method);
            wrong("method", problem);
        }
        for (place, name) in self.after.iter().enumerate() {
            if !all.contains(name.as_str()) {
                let problem = format!("there is no call `{name}`");
                wrong(&format!("after[{place}]"), problem);
            }
        }
        for (place, name) in self.forward_headers.iter().enumerate() {
            if let Some(problem) = header_problem(name) {
                wrong(&format!("forward_headers[{place}]"), problem);
            }
        }
        for name in self.headers.keys() {
            if let Some(problem) = header_problem(name) {
                wrong(&format!("headers.{name}"), problem);
            }
        }
        for (place, status) in self.success.iter().enumerate() {
            if crate::statuses::Statuses::parse(status).is_none() {
                let problem = format!("`{status}` is neither a status nor a class such as `2xx`");
                wrong(&format!("success[{place}]"), problem);
            }
        }
        if !(1..=LONGEST).contains(&self.timeout_ms) {
            wrong("timeout_ms", format!("is between 1 and {LONGEST}"));
        }
        if !(1..=LARGEST).contains(&self.max_answer_bytes) {
            wrong("max_answer_bytes", format!("is between 1 and {LARGEST}"));
        }
        errors
    }
}

fn header_problem(name: &str) -> Option<String> {
    match name.parse::<HeaderName>() {
        Err(_) => Some(format!("`{name}` is not a header name")),
        Ok(name) if crate::upstream::is_framing(&name) => Some(format!(
            "`{name}` decides where a message ends or goes; no policy may set it"
        )),
        Ok(_) => None,
    }
}

/// Whether a text without templates can be a header's value.
pub(super) fn is_header_value(text: &str) -> bool {
    HeaderValue::try_from(text).is_ok()
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        if !(1..=CALLS).contains(&self.calls.len()) {
            let problem = format!("takes between 1 and {CALLS} calls");
            errors.push(ConfigError::new("calls", problem));
        }
        let names: HashSet<&str> = self.calls.iter().map(|call| call.name.as_str()).collect();
        if names.len() < self.calls.len() {
            errors.push(ConfigError::new("calls", "two of them have one name"));
        }
        for (place, call) in self.calls.iter().enumerate() {
            errors.extend(call.check(&format!("calls[{place}]"), &names));
        }
        match self.waves() {
            None if errors.is_empty() => {
                errors.push(ConfigError::new("calls", "some wait for each other"));
            }
            None => {}
            Some(waves) => {
                let longest = waves.iter().map(|wave| {
                    let times = wave.iter().map(|place| self.calls[*place].timeout_ms);
                    times.max().unwrap_or(0)
                });
                if longest.fold(0, u64::saturating_add) > LONGEST {
                    let problem = format!("may take longer than {LONGEST} ms one after the other");
                    errors.push(ConfigError::new("calls", problem));
                }
            }
        }
        for name in self.answer.headers.keys() {
            if let Some(problem) = header_problem(name) {
                errors.push(ConfigError::new(format!("answer.headers.{name}"), problem));
            }
        }
        if !(1..=LARGEST).contains(&self.max_body_bytes) {
            let problem = format!("is between 1 and {LARGEST}");
            errors.push(ConfigError::new("max_body_bytes", problem));
        }
        errors
    }
}

//! Configuration of `traffic_split`.

use http::HeaderName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;

/// Which share of the requests goes where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "traffic_split")]
pub struct Config {
    /// The places that requests go to.
    #[schemars(length(min = 1, max = 16))]
    pub branches: Vec<Branch>,
    /// Requests that choose their branch themselves; the first rule that matches decides.
    #[serde(default)]
    #[schemars(length(max = 32))]
    pub rules: Vec<Rule>,
    /// Who always gets to the same branch, as long as the weights stay.
    #[serde(default)]
    pub sticky: Sticky,
    /// The name of the cookie; with `sticky: cookie` only.
    #[serde(default = "cookie")]
    pub cookie: String,
    /// How long the cookie lasts, in seconds; with `sticky: cookie` only.
    #[serde(default = "day")]
    #[schemars(range(min = 1, max = 31_536_000))]
    pub cookie_max_age_s: u32,
    /// Tells the branch in this header of the answer.
    #[serde(default)]
    pub show_in: Option<String>,
}

/// A place that requests go to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// Its name: 1 to 32 of `a-z`, `0-9`, `-`, `_`.
    pub name: String,
    /// The slug of its upstream; the route's own unless set.
    #[serde(default)]
    pub upstream: Option<String>,
    /// Its share beside the others'. 0 takes only what a rule sends it.
    #[schemars(range(max = 1_000_000))]
    pub weight: u32,
}

/// Requests that choose a branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The header that is looked at. Either this or `cookie`.
    #[serde(default)]
    pub header: Option<String>,
    /// The cookie that is looked at.
    #[serde(default)]
    pub cookie: Option<String>,
    /// The value that it must have; any unless set.
    #[serde(default)]
    pub value: Option<String>,
    /// The branch that the request goes to.
    pub branch: String,
}

/// Who always gets to the same branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sticky {
    /// Nobody: each request by chance.
    #[default]
    None,
    /// Each application; without one, each address.
    Application,
    /// Each client address.
    Ip,
    /// Who sends back the cookie that the first answer sets.
    Cookie,
}

fn cookie() -> String {
    "gh_branch".to_owned()
}

const fn day() -> u32 {
    86_400
}

fn is_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
    (1..=32).contains(&text.len()) && text.bytes().all(plain)
}

fn is_cookie_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        if !(1..=16).contains(&self.branches.len()) {
            errors.push(ConfigError::new("branches", "needs 1 to 16 entries"));
        }
        for (i, branch) in self.branches.iter().enumerate() {
            let path = |key: &str| format!("branches[{i}].{key}");
            if !is_name(&branch.name) {
                let problem = "may hold 1 to 32 of `a-z`, `0-9`, `-`, `_`";
                errors.push(ConfigError::new(path("name"), problem));
            }
            if self.branches[..i].iter().any(|b| b.name == branch.name) {
                errors.push(ConfigError::new(path("name"), "is there already"));
            }
            if branch.upstream.as_deref() == Some("") {
                errors.push(ConfigError::new(path("upstream"), "is empty"));
            }
            if branch.weight > 1_000_000 {
                errors.push(ConfigError::new(path("weight"), "must be at most 1000000"));
            }
        }
        if self.branches.iter().all(|branch| branch.weight == 0) {
            errors.push(ConfigError::new("branches", "all have the weight 0"));
        }
        if self.rules.len() > 32 {
            errors.push(ConfigError::new("rules", "may have at most 32 entries"));
        }
        for (i, rule) in self.rules.iter().enumerate() {
            let path = |key: &str| format!("rules[{i}].{key}");
            match (&rule.header, &rule.cookie) {
                (Some(name), None) if name.parse::<HeaderName>().is_err() => {
                    errors.push(ConfigError::new(path("header"), "is not a header name"));
                }
                (None, Some(name)) if !is_cookie_name(name) => {
                    errors.push(ConfigError::new(path("cookie"), "is not a cookie name"));
                }
                (Some(_), None) | (None, Some(_)) => {}
                _ => errors.push(ConfigError::new(
                    format!("rules[{i}]"),
                    "needs either `header` or `cookie`",
                )),
            }
            if self.branches.iter().all(|b| b.name != rule.branch) {
                errors.push(ConfigError::new(path("branch"), "is none of the branches"));
            }
        }
        if !is_cookie_name(&self.cookie) || self.cookie.starts_with("__") {
            errors.push(ConfigError::new("cookie", "is not a cookie name"));
        }
        if !(1..=31_536_000).contains(&self.cookie_max_age_s) {
            let problem = "must be between 1 and 31536000";
            errors.push(ConfigError::new("cookie_max_age_s", problem));
        }
        let shown = self.show_in.as_deref().map(str::parse::<HeaderName>);
        if shown.is_some_and(|name| name.is_err()) {
            errors.push(ConfigError::new("show_in", "is not a header name"));
        }
        errors
    }
}

//! Configuration of `redirect`.

use http::Uri;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::kind;

/// Where callers are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "redirect")]
pub struct Config {
    /// Where to: `https://new.example.com/v2`, or a path on the same host. Without it, the same place over HTTPS.
    #[serde(default)]
    pub to: Option<String>,
    /// The status.
    #[serde(default)]
    pub status: RedirectStatus,
    /// Appends the request's path to `to`.
    #[serde(default)]
    pub keep_path: bool,
    /// Keeps the request's query.
    #[serde(default = "yes")]
    pub keep_query: bool,
    /// Sends only those on that came in the clear.
    #[serde(default)]
    pub only_http: bool,
}

/// The status of a redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum RedirectStatus {
    /// Moved for good; the method may change to GET.
    #[serde(rename = "301")]
    MovedPermanently,
    /// Elsewhere for now; the method may change to GET.
    #[serde(rename = "302")]
    Found,
    /// Look there, with GET.
    #[serde(rename = "303")]
    SeeOther,
    /// Elsewhere for now, with the same method.
    #[default]
    #[serde(rename = "307")]
    Temporary,
    /// Moved for good, with the same method.
    #[serde(rename = "308")]
    Permanent,
}

impl RedirectStatus {
    /// The number.
    pub const fn code(self) -> u16 {
        match self {
            Self::MovedPermanently => 301,
            Self::Found => 302,
            Self::SeeOther => 303,
            Self::Temporary => 307,
            Self::Permanent => 308,
        }
    }
}

const fn yes() -> bool {
    true
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        match self.to.as_deref() {
            None if !self.only_http => {
                errors.push(ConfigError::new("to", "is needed without `only_http`"));
            }
            None => {}
            Some(to) if !is_place(to) => {
                let problem = "must be an http or https URL, or a path that begins with one slash";
                errors.push(ConfigError::new("to", problem));
            }
            Some(to)
                if to.contains('#') || to.contains('?') && (self.keep_path || self.keep_query) =>
            {
                let problem =
                    "has a query or fragment, and the request's path or query would follow it";
                errors.push(ConfigError::new("to", problem));
            }
            Some(_) => {}
        }
        errors
    }
}

fn is_place(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else {
        return false;
    };
    match uri.scheme_str() {
        Some("http" | "https") => uri.authority().is_some_and(|a| !a.as_str().contains('@')),
        Some(_) => false,
        None => text.starts_with('/') && !text.starts_with("//") && !text.contains('\\'),
    }
}

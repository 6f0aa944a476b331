//! Configuration of `cache`.

use http::HeaderName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::freshness::Bounds;
use crate::config_error::ConfigError;
use crate::kind;

/// Which answers are kept, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "cache")]
pub struct Config {
    /// Seconds for which an answer is fresh that does not say so itself and has no date to guess from. Such answers are
    /// not kept unless this is set.
    #[schemars(range(max = 31_536_000))]
    pub default_ttl_s: Option<u64>,
    /// The longest that is guessed from `Last-Modified`, in seconds. 0 guesses nothing.
    #[schemars(range(max = 31_536_000))]
    pub heuristic_ttl_s: u64,
    /// The longest freshness, whatever an answer says, in seconds.
    #[schemars(range(max = 31_536_000))]
    pub max_ttl_s: u64,
    /// Seconds for which a stale answer is used while it is revalidated in the background, where the answer does not
    /// say it itself and allows it.
    #[schemars(range(max = 31_536_000))]
    pub stale_while_revalidate_s: u64,
    /// Seconds for which a stale answer is used when the upstream fails, where the answer does not say it itself and
    /// allows it.
    #[schemars(range(max = 31_536_000))]
    pub stale_if_error_s: u64,
    /// The largest body that is kept, in bytes.
    #[schemars(range(min = 1, max = 16_777_216))]
    pub max_body_bytes: usize,
    /// Follows `Cache-Control` of requests: `no-cache`, `no-store`, `max-age`, `max-stale`, `min-fresh`,
    /// `only-if-cached`.
    pub obey_requests: bool,
    /// Lets one request ask the upstream while others for the same wait for its answer.
    pub collapse: bool,
    /// How long one waits for the answer of another, in milliseconds.
    #[schemars(range(min = 1, max = 60_000))]
    pub collapse_wait_ms: u32,
    /// Request headers that tell answers apart besides those that an answer names in `Vary`.
    pub vary: Vec<String>,
    /// Tells callers in `Cache-Status` (RFC 9211) where an answer came from.
    pub show_status: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            default_ttl_s: None,
            heuristic_ttl_s: 86_400,
            max_ttl_s: 31_536_000,
            stale_while_revalidate_s: 0,
            stale_if_error_s: 0,
            max_body_bytes: 1_048_576,
            obey_requests: true,
            collapse: true,
            collapse_wait_ms: 5_000,
            vary: Vec::new(),
            show_status: true,
        }
    }
}

impl Config {
    pub(super) fn bounds(&self) -> Bounds {
        Bounds {
            default: self.default_ttl_s,
            heuristic: self.heuristic_ttl_s,
            most: self.max_ttl_s,
            stale_while_revalidate: self.stale_while_revalidate_s,
            stale_if_error: self.stale_if_error_s,
        }
    }
}

impl kind::Config for Config {
    fn check(&self) -> Vec<ConfigError> {
        const YEAR: u64 = 31_536_000;
        let mut errors = Vec::new();
        for (path, seconds) in [
            ("default_ttl_s", self.default_ttl_s.unwrap_or(0)),
            ("heuristic_ttl_s", self.heuristic_ttl_s),
            ("max_ttl_s", self.max_ttl_s),
            ("stale_while_revalidate_s", self.stale_while_revalidate_s),
            ("stale_if_error_s", self.stale_if_error_s),
        ] {
            if seconds > YEAR {
                let problem = "must be at most 31536000, which is a year";
                errors.push(ConfigError::new(path, problem));
            }
        }
        if !(1..=16_777_216).contains(&self.max_body_bytes) {
            let problem = "must be between 1 and 16777216";
            errors.push(ConfigError::new("max_body_bytes", problem));
        }
        if !(1..=60_000).contains(&self.collapse_wait_ms) {
            let problem = "must be between 1 and 60000";
            errors.push(ConfigError::new("collapse_wait_ms", problem));
        }
        for (i, name) in self.vary.iter().enumerate() {
            if name.parse::<HeaderName>().is_err() {
                let path = format!("vary[{i}]");
                errors.push(ConfigError::new(path, "is not a header name"));
            }
        }
        errors
    }
}

//! A rate limit as the counters take it.

use domain::limit::RateLimit;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How requests are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// At most so many requests in any stretch of time as long as the window. Exact to the microsecond for up to 64
    /// requests a window; above that a request may stay counted for up to 1/64 of the window longer.
    #[default]
    SlidingWindow,
    /// The generic cell rate algorithm (a leaky bucket as meter): a burst at once, then an even flow.
    Gcra,
}

/// At most `requests` in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limit {
    /// Requests allowed in the window.
    pub requests: u64,
    /// The window in microseconds.
    pub window_us: u64,
    /// How they are counted.
    pub algorithm: Algorithm,
    /// How many may come at once (only for [`Algorithm::Gcra`]; the window's requests unless said otherwise).
    pub burst: u64,
}

impl Limit {
    /// A sliding window with the numbers of a plan's limit.
    pub fn sliding(limit: RateLimit) -> Self {
        Self {
            requests: limit.requests,
            window_us: limit.window.seconds() * 1_000_000,
            algorithm: Algorithm::SlidingWindow,
            burst: limit.requests,
        }
    }
}

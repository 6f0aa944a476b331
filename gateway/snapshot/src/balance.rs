//! Settings: which target of an upstream takes a request.

use serde::{Deserialize, Serialize};

/// Which target of an upstream takes a request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Balancing {
    /// In turns, by weight, without runs of one target.
    #[default]
    RoundRobin,
    /// The target with the fewest requests in flight for its weight.
    LeastConnections,
    /// Of two that are drawn, the one that answers sooner (moving average of the time to the head, times its requests in
    /// flight).
    Latency,
    /// The same caller to the same target (Maglev hashing): a change of the targets moves few callers.
    ConsistentHash(HashOn),
}

/// What makes a caller the same. A request without it goes by the caller's address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HashOn {
    /// The value of this header.
    Header(String),
    /// The value of this cookie.
    Cookie(String),
    /// The caller's address.
    Ip,
    /// The application that calls.
    Application,
}

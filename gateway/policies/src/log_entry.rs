//! What the request log holds of an exchange, as policies may change it.

/// The part of a line of the request log that can be made unreadable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// The path.
    pub path: String,
    /// The caller's address; empty to leave it out.
    pub client_ip: String,
    /// The caller's program; empty to leave it out.
    pub user_agent: String,
}

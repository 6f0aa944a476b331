//! Logs and metrics, set up the same way for every role.

pub mod log;
pub mod metrics;

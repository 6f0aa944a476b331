//! Jobs against what they talk to: servers and gateways that run.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod acme;
mod drift;
mod pebble;

//! The binary as people start it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod commands;
mod configuration;
mod demo;
mod nodes;
mod process;
mod upgrade;

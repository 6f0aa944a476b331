//! The binary as people start it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod commands;
mod configuration;
mod declared;
mod demo;
mod echo;
mod from_kong;
mod node;
mod node_trouble;
mod process;
mod upgrade;

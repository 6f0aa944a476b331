//! The gateway as its callers and operators meet it: over sockets, with a SQLite file and an upstream of its own.
#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails fails the test that called it"
)]

mod catalogue;
mod client;
mod drain;
mod forwarding;
mod limits;
mod outages;
mod postgres;
mod refusals;
mod safety;
mod shaping;
mod status;
mod streams;
mod tls;
mod upstream;
mod usage;
mod world;

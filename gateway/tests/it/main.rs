//! The gateway as its callers and operators meet it: over sockets, with a SQLite file and an upstream of its own.
#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails fails the test that called it"
)]

/// The lane of the gateways that are checked; `direct` checks the other one.
pub(crate) const DIRECT: bool = false;

mod access_tokens;
mod at_once;
mod attached;
mod bodies;
mod cache;
mod catalogue;
mod client;
mod composition;
mod credential_kinds;
mod drain;
mod elsewhere;
mod examples;
mod forwarding;
mod hostile_services;
mod limits;
mod mistyped;
mod names;
mod outages;
mod papers;
mod postgres;
mod proofs;
mod protocols;
mod refusals;
mod reloads;
mod routing;
mod safety;
mod safety_floods;
mod safety_framing;
mod safety_headers;
mod safety_paths;
mod safety_slow;
mod secure;
mod shaping;
mod stale;
mod status;
mod steering;
mod streams;
mod tls;
mod tokens;
mod trusted_peers;
mod upgrade;
mod upstream;
mod upstream_tls;
mod upstreams;
mod usage;
mod world;

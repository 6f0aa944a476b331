//! The same checks as those of `it`, with the direct exchange switched on: what callers and operators see is the same in both
//! lanes.
#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails fails the test that called it"
)]

/// The lane of the gateways that are checked.
pub(crate) const DIRECT: bool = true;

#[path = "../it/access_tokens.rs"]
mod access_tokens;
#[path = "../it/at_once.rs"]
mod at_once;
#[path = "../it/attached.rs"]
mod attached;
#[path = "../it/bodies.rs"]
mod bodies;
#[path = "../it/cache.rs"]
mod cache;
#[path = "../it/catalogue.rs"]
mod catalogue;
#[path = "../it/client.rs"]
mod client;
#[path = "../it/composition.rs"]
mod composition;
mod connections;
#[path = "../it/credential_kinds.rs"]
mod credential_kinds;
#[path = "../it/drain.rs"]
mod drain;
#[path = "../it/elsewhere.rs"]
mod elsewhere;
#[path = "../it/examples/mod.rs"]
mod examples;
#[path = "../it/forwarding.rs"]
mod forwarding;
mod lanes;
#[path = "../it/limits.rs"]
mod limits;
#[path = "../it/names.rs"]
mod names;
#[path = "../it/outages.rs"]
mod outages;
#[path = "../it/papers.rs"]
mod papers;
#[path = "../it/postgres.rs"]
mod postgres;
#[path = "../it/proofs.rs"]
mod proofs;
#[path = "../it/protocols.rs"]
mod protocols;
#[path = "../it/refusals.rs"]
mod refusals;
#[path = "../it/reloads.rs"]
mod reloads;
#[path = "../it/routing.rs"]
mod routing;
#[path = "../it/safety.rs"]
mod safety;
#[path = "../it/safety_floods.rs"]
mod safety_floods;
#[path = "../it/safety_framing.rs"]
mod safety_framing;
#[path = "../it/safety_headers.rs"]
mod safety_headers;
#[path = "../it/safety_paths.rs"]
mod safety_paths;
#[path = "../it/safety_slow.rs"]
mod safety_slow;
#[path = "../it/secure.rs"]
mod secure;
#[path = "../it/shaping.rs"]
mod shaping;
#[path = "../it/stale.rs"]
mod stale;
#[path = "../it/status.rs"]
mod status;
#[path = "../it/steering.rs"]
mod steering;
#[path = "../it/streams.rs"]
mod streams;
#[path = "../it/tls.rs"]
mod tls;
#[path = "../it/tokens.rs"]
mod tokens;
#[path = "../it/trusted_peers.rs"]
mod trusted_peers;
#[path = "../it/upgrade.rs"]
mod upgrade;
#[path = "../it/upstream.rs"]
mod upstream;
#[path = "../it/upstream_tls.rs"]
mod upstream_tls;
#[path = "../it/upstreams.rs"]
mod upstreams;
#[path = "../it/usage.rs"]
mod usage;
#[path = "../it/world.rs"]
mod world;

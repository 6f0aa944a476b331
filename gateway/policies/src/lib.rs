//! The policies of the gateway, one folder each, and the registry that lists them. No Pingora runtime, no SQL.
#![deny(missing_docs)]

pub mod conditions;
pub mod config_error;
pub mod cost;
pub mod counters;
pub mod dice;
pub mod exchange;
pub mod header_edits;
pub mod kind;
pub mod policy;
pub mod quotas;
pub mod readings;
pub mod registry;
pub mod request;
pub mod response;
pub mod services;
pub mod slots;
pub mod subject;
pub mod upstream;

#[cfg(test)]
mod trial;

use kind::Kind;

// A policy is two lines here: its module, and its place in the run order.
pub mod cache;
pub mod concurrency_limit;
pub mod correlation_id;
pub mod cors;
pub mod fallback;
pub mod fault_injection;
pub mod key_auth;
pub mod mirror;
pub mod quota;
pub mod rate_limit;
pub mod redirect;
pub mod request_size_limit;
pub mod request_termination;
pub mod request_transform;
pub mod response_rate_limit;
pub mod response_transform;
pub mod spike_arrest;
pub mod traffic_split;

/// Every kind of policy. The order of this slice is the order in which they run: arrive, authenticate, (the subscription is
/// checked), authorise, limit, validate, transform, cache, steer.
pub static KINDS: &[Kind] = &[
    correlation_id::KIND,
    cors::KIND,
    key_auth::KIND,
    request_termination::KIND,
    redirect::KIND,
    request_size_limit::KIND,
    spike_arrest::KIND,
    rate_limit::KIND,
    response_rate_limit::KIND,
    concurrency_limit::KIND,
    quota::KIND,
    request_transform::KIND,
    response_transform::KIND,
    cache::KIND,
    traffic_split::KIND,
    mirror::KIND,
    fallback::KIND,
    fault_injection::KIND,
];

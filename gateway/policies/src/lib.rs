//! The policies of the gateway, one folder each, and the registry that lists them. No Pingora runtime, no SQL.
#![deny(missing_docs)]

pub mod conditions;
pub mod config_error;
pub mod counters;
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
pub mod upstream;

#[cfg(test)]
mod trial;

use kind::Kind;

// A policy is two lines here: its module, and its place in the run order.
pub mod cors;
pub mod key_auth;
pub mod quota;
pub mod rate_limit;
pub mod request_transform;
pub mod response_transform;

/// Every kind of policy. The order of this slice is the order in which they run: arrive, authenticate, (the subscription is
/// checked), authorise, limit, validate, transform, cache, steer.
pub static KINDS: &[Kind] = &[
    cors::KIND,
    key_auth::KIND,
    rate_limit::KIND,
    quota::KIND,
    request_transform::KIND,
    response_transform::KIND,
];

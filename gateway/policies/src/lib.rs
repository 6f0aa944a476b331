//! The policies of the gateway, one folder each, and the registry that lists them. No Pingora runtime, no SQL.
#![deny(missing_docs)]

pub mod address;
pub mod claim;
mod client_login;
pub mod config_error;
pub mod counters;
pub mod exchange;
pub mod expiring;
pub mod header_edits;
mod holder;
pub mod jose;
pub mod kind;
pub mod network;
pub mod policy;
pub mod quotas;
pub mod readings;
pub mod registry;
pub mod request;
pub mod response;
pub mod secret;
pub mod services;
pub mod token;
pub mod upstream;

#[cfg(test)]
mod trial;

use kind::Kind;

// A policy is two lines here: its module, and its place in the run order.
pub mod acl;
pub mod basic_auth;
pub mod bot_detection;
pub mod cors;
pub mod forward_auth;
pub mod geo;
pub mod hmac_auth;
pub mod ip_restriction;
pub mod jwt;
pub mod key_auth;
pub mod mtls_auth;
pub mod oauth2_introspection;
pub mod opa;
pub mod quota;
pub mod rate_limit;
pub mod request_transform;
pub mod response_transform;
pub mod upstream_auth;

/// Every kind of policy. The order of this slice is the order in which they run: arrive, authenticate, (the subscription is
/// checked), authorise, limit, validate, transform, cache, steer.
pub static KINDS: &[Kind] = &[
    cors::KIND,
    bot_detection::KIND,
    key_auth::KIND,
    jwt::KIND,
    oauth2_introspection::KIND,
    basic_auth::KIND,
    hmac_auth::KIND,
    mtls_auth::KIND,
    ip_restriction::KIND,
    geo::KIND,
    acl::KIND,
    opa::KIND,
    forward_auth::KIND,
    rate_limit::KIND,
    quota::KIND,
    request_transform::KIND,
    response_transform::KIND,
    upstream_auth::KIND,
];

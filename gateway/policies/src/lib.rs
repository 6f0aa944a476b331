//! The policies of the gateway, one folder each, and the registry that lists them. No Pingora runtime, no SQL.
#![deny(missing_docs)]

pub mod address;
pub mod body_edits;
pub mod body_kinds;
pub mod claim;
mod client_login;
pub mod closest;
pub mod conditions;
pub mod config_error;
pub mod contract;
pub mod cost;
pub mod counters;
pub mod dice;
pub mod dpop;
pub mod exchange;
pub mod expiring;
pub mod header_edits;
mod holder;
pub mod jose;
pub mod json_path;
pub mod kind;
pub mod log_entry;
pub mod network;
pub mod path_template;
pub mod policy;
pub mod quotas;
pub mod readings;
pub mod reference;
pub mod registry;
pub mod request;
pub mod response;
pub mod secret;
pub mod services;
pub mod slots;
pub mod statuses;
pub mod subject;
pub mod templates;
pub mod token;
pub mod upstream;
pub mod xml;

#[cfg(test)]
mod trial;

use kind::Kind;

// A policy is two lines here: its module, and its place in the run order.
pub mod acl;
pub mod basic_auth;
pub mod bot_detection;
pub mod cache;
pub mod composite;
pub mod concurrency_limit;
pub mod correlation_id;
pub mod cors;
pub mod fallback;
pub mod fault_injection;
pub mod forward_auth;
pub mod geo;
pub mod hmac_auth;
pub mod ip_restriction;
pub mod json_threat_protection;
pub mod jwt;
pub mod key_auth;
pub mod mask;
pub mod mirror;
pub mod mock_response;
pub mod mtls_auth;
pub mod oauth2;
pub mod oauth2_introspection;
pub mod opa;
pub mod quota;
pub mod rate_limit;
pub mod redirect;
pub mod request_size_limit;
pub mod request_termination;
pub mod request_transform;
pub mod request_validator;
pub mod response_rate_limit;
pub mod response_transform;
pub mod response_validator;
pub mod spike_arrest;
pub mod traffic_split;
pub mod upstream_auth;
pub mod xml_json;
pub mod xml_threat_protection;

/// Every kind of policy. The order of this slice is the order in which they run: arrive, authenticate, (the subscription is
/// checked), authorise, limit, validate, transform, cache, steer.
pub static KINDS: &[Kind] = &[
    correlation_id::KIND,
    cors::KIND,
    bot_detection::KIND,
    key_auth::KIND,
    jwt::KIND,
    oauth2::KIND,
    oauth2_introspection::KIND,
    basic_auth::KIND,
    hmac_auth::KIND,
    mtls_auth::KIND,
    request_termination::KIND,
    redirect::KIND,
    ip_restriction::KIND,
    geo::KIND,
    acl::KIND,
    opa::KIND,
    forward_auth::KIND,
    request_size_limit::KIND,
    spike_arrest::KIND,
    rate_limit::KIND,
    response_rate_limit::KIND,
    concurrency_limit::KIND,
    quota::KIND,
    xml_threat_protection::KIND,
    json_threat_protection::KIND,
    request_validator::KIND,
    response_validator::KIND,
    request_transform::KIND,
    xml_json::KIND,
    response_transform::KIND,
    upstream_auth::KIND,
    mask::KIND,
    cache::KIND,
    traffic_split::KIND,
    mirror::KIND,
    mock_response::KIND,
    composite::KIND,
    fallback::KIND,
    fault_injection::KIND,
];

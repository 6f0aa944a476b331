//! The policies of the gateway, one folder each, and the registry that lists them. No Pingora runtime, no SQL.
#![deny(missing_docs)]

pub mod body_edits;
pub mod body_kinds;
pub mod conditions;
pub mod config_error;
pub mod contract;
pub mod counters;
pub mod exchange;
pub mod header_edits;
pub mod json_path;
pub mod kind;
pub mod log_entry;
pub mod path_template;
pub mod policy;
pub mod quotas;
pub mod readings;
pub mod registry;
pub mod request;
pub mod response;
pub mod services;
pub mod statuses;
pub mod templates;
pub mod upstream;
pub mod xml;

#[cfg(test)]
mod trial;

use kind::Kind;

// A policy is two lines here: its module, and its place in the run order.
pub mod composite;
pub mod cors;
pub mod json_threat_protection;
pub mod key_auth;
pub mod mask;
pub mod mock_response;
pub mod quota;
pub mod rate_limit;
pub mod request_transform;
pub mod request_validator;
pub mod response_transform;
pub mod response_validator;
pub mod xml_json;
pub mod xml_threat_protection;

/// Every kind of policy. The order of this slice is the order in which they run: arrive, authenticate, (the subscription is
/// checked), authorise, limit, validate, transform, cache, steer.
pub static KINDS: &[Kind] = &[
    cors::KIND,
    key_auth::KIND,
    rate_limit::KIND,
    quota::KIND,
    xml_threat_protection::KIND,
    json_threat_protection::KIND,
    request_validator::KIND,
    response_validator::KIND,
    request_transform::KIND,
    xml_json::KIND,
    response_transform::KIND,
    mask::KIND,
    mock_response::KIND,
    composite::KIND,
];

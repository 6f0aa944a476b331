//! The handlers: a folder per resource, a file per endpoint.

pub(crate) mod accounts;
pub(crate) mod acme_orders;
pub(crate) mod apis;
pub(crate) mod applications;
pub(crate) mod audit;
pub(crate) mod authorisations;
pub(crate) mod cache;
pub(crate) mod cas;
pub(crate) mod certificates;
pub(crate) mod credentials;
pub(crate) mod dry_runs;
pub(crate) mod imports;
pub(crate) mod me;
pub(crate) mod nodes;
pub(crate) mod oauth_keys;
pub(crate) mod outbox;
pub(crate) mod plans;
pub(crate) mod policies;
pub(crate) mod products;
pub(crate) mod requests;
pub(crate) mod routes;
pub(crate) mod subscriptions;
pub(crate) mod tokens;
pub(crate) mod upstreams;
pub(crate) mod usage;
pub(crate) mod versions;

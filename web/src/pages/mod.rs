//! The screens, a file each.

pub(crate) mod account;
pub(crate) mod analytics;
pub(crate) mod apis;
pub(crate) mod applications;
pub(crate) mod approvals;
pub(crate) mod assets;
pub(crate) mod audit;
pub(crate) mod certificates;
pub(crate) mod developers;
mod explained;
pub(crate) mod gate;
pub(crate) mod import;
pub(crate) mod keys;
pub(crate) mod log;
pub(crate) mod nodes;
pub(crate) mod outbox;
pub(crate) mod overview;
pub(crate) mod policies;
pub(crate) mod products;
pub(crate) mod search;
pub(crate) mod settings;
pub(crate) mod subscriptions;
pub(crate) mod tester;
pub(crate) mod tokens;
mod upstream_settings;
pub(crate) mod upstreams;
pub(crate) mod users;

//! The store: all the SQL of Gatehouse. [`db`] knows the drivers; each aggregate is one module, named once below.

pub mod db;
pub mod error;
mod lock;
pub mod migrate;
pub mod open;
pub mod seal;
mod upsert;
pub mod value;
pub mod watch;

use db::modules;
pub use db::{Conn, Db, Tx};
pub use error::{Error, Result};
pub use open::{Access, OpenError};

modules!(
    accounts,
    acme_accounts,
    acme_challenges,
    acme_orders,
    analytics,
    api_operations,
    api_tokens,
    api_versions,
    apis,
    applications,
    audit,
    cache_purges,
    cas,
    certificates,
    changes,
    counts,
    credentials,
    decisions,
    declarations,
    declared,
    dpop_proofs,
    email_tokens,
    idempotency_keys,
    identities,
    leases,
    nodes,
    notifications,
    oauth_codes,
    oauth_grants,
    oauth_revocations,
    outbox,
    plans,
    policies,
    products,
    quotas,
    refresh_tokens,
    request_log,
    roles,
    routes,
    search,
    sessions,
    settings,
    sign_in_attempts,
    signing_keys,
    spec_revisions,
    subscribers,
    subscription_events,
    subscription_lines,
    subscriptions,
    upstreams,
    usage,
    workspaces,
);

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
    analytics,
    api_operations,
    api_versions,
    apis,
    applications,
    audit,
    changes,
    credentials,
    nodes,
    notifications,
    outbox,
    plans,
    policies,
    products,
    quotas,
    request_log,
    routes,
    search,
    settings,
    spec_revisions,
    subscriptions,
    upstreams,
    usage,
    workspaces,
);

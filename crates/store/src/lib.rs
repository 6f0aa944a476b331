//! The store: all the SQL of Gatehouse. [`db`] knows the drivers; each aggregate is one module, named once below.

pub mod db;
pub mod error;
mod lock;
pub mod open;
pub mod value;
pub mod watch;

pub use db::{Conn, Db, Tx};
pub use error::{Error, Result};
pub use open::{Access, OpenError};

modules!(
    audit,
    api_operations,
    api_versions,
    apis,
    changes,
    notifications,
    outbox,
    policies,
    routes,
    search,
    spec_revisions,
    upstreams,
);

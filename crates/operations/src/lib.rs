//! What a person does that spans tables and faces: every face calls these, permissions are checked here, and each change
//! writes its audit line, its messages and its line of the change feed in one transaction.

pub mod access;
pub mod accounts;
pub mod acme;
pub mod apis;
pub mod applications;
pub mod audit;
pub mod cache;
pub mod cas;
pub mod catalog;
pub mod certificates;
pub mod credentials;
pub mod declared;
pub mod error;
pub mod fields;
pub mod idempotency;
pub mod import;
pub mod nodes;
pub mod notifications;
pub mod oauth;
pub mod outbox;
pub mod overview;
pub mod paging;
pub mod plans;
pub mod platform;
pub mod playground;
pub mod policies;
pub mod products;
pub mod request_log;
pub mod routes;
pub mod secrets;
pub mod settings;
pub mod sign_in;
mod signing_keys;
pub mod subscriptions;
pub mod tester;
pub mod tokens;
pub mod upstreams;
pub mod usage;
pub mod users;
pub mod versions;
mod words;
pub mod work;

pub use error::{Error, FieldError, Result};
pub use paging::{Page, Paging};
pub use platform::Platform;

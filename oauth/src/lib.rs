//! The endpoints of the OAuth 2 server that programs call: tokens, revocation, introspection, discovery and keys. People are
//! asked in the portal.
#![deny(missing_docs)]

mod cors;
mod endpoints;
mod form;
mod presented;
mod refused;
mod routes;
mod state;

pub use routes::router;

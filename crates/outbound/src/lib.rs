//! The one guarded HTTP client: fetches what a user may name (documents, discovery, webhooks) and reaches nothing private.
//!
//! A name is resolved once, every address is judged by [`address::verdict`], and the connection goes to the judged
//! address, so that a second answer of the resolver cannot lead elsewhere (DNS rebinding).

pub mod address;
mod client;
mod resolver;

pub use client::{Client, Error, Fetched, Limits, Policy};

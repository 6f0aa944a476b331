//! The one form of a declaration: checked by the rules of the platform, with what is left out filled in, what has its
//! default left out, and secrets sealed. Two declarations that mean the same are equal in it.

mod callers;
mod catalog;
mod client;
mod form;
pub(super) mod inputs;
pub(super) mod names;
mod runtime;

pub use form::{Means, canonical};

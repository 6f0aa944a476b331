//! Policies: the chain of a scope, the form of one policy, and the screen for what holds everywhere.

pub(crate) mod act;
mod aside;
pub(crate) mod at;
pub(crate) mod bench;
pub(crate) mod schema;

//! The caller.

pub(crate) mod show;

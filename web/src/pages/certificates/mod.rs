//! `/certificates`: what the gateway shows, and whom it believes.

pub(crate) mod authority;
pub(crate) mod certificate;
pub(crate) mod list;
pub(crate) mod order;

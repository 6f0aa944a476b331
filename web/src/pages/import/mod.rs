//! Importing an OpenAPI document: bring it, look at what it would make, create a draft.

pub(crate) mod bring;
pub(crate) mod preview;
pub(crate) mod upload;

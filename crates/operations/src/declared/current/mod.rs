//! What the store holds, as a declaration in its one form. Each thing knows its row.

mod callers;
mod catalog;
mod offer;
mod reader;
mod runtime;

pub(super) use offer::plan;
pub(super) use reader::read;

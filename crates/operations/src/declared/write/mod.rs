//! Takes the steps of a plan: each by the operation that a person would use, all of them in one transaction.

mod callers;
mod catalog;
mod change;
mod create;
mod delete;
mod policy;
mod update;
mod writer;

pub(super) use writer::Writer;

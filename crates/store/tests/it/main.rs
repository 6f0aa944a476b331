//! The store on both databases.

mod changes;
mod migrate;
mod open;
mod seal;
mod statements;

//! The store on both databases.

#![expect(
    clippy::unwrap_used,
    reason = "in a helper of tests, as in a test, it says where what failed"
)]

mod changes;
mod migrate;
mod open;
mod seal;
mod statements;

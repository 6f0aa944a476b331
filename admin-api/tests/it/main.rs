//! The behaviour of the admin API, asked as a program asks.

#![expect(
    clippy::unwrap_used,
    reason = "in a helper of tests, as in a test, it says where what failed"
)]

mod config;
mod document;
mod house;
mod journey;
mod keyed;
mod many;
mod matrix;
mod papers;
mod queries;
mod refusals;
mod unseen;

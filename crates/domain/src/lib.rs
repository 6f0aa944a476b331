//! Names, ids, states and rules of Gatehouse. No I/O, no randomness, no clock of its own; builds for wasm32.

pub mod access;
pub mod account;
pub mod acme;
pub mod actor;
pub mod api;
pub mod cache;
pub mod certificate;
pub mod change;
pub mod credential;
pub mod histogram;
pub mod id;
pub mod limit;
pub mod oauth;
pub mod refusal;
pub mod subscription;
pub mod text;
pub mod time;
pub mod word;

pub use id::Id;
pub use time::{Clock, Timestamp};

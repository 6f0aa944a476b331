//! DNS as bytes (RFC 1035): a question out, an answer in. Just what upstreams need: addresses, and services (SRV, RFC 2782).

mod message;
mod reader;

pub use message::{Flaw, Kind, NotAName, Question, Record, Reply, Service};

//! The data plane: Pingora inside our own accept loop, the pipeline of policies, usage, and the feed of its configuration.

mod acme;
mod cached;
mod client;
pub mod config;
mod connection;
mod context;
mod cors;
mod direct;
mod dns;
mod engine;
mod feed;
mod guard;
mod handover;
mod headers;
mod ids;
mod listen;
mod metrics;
mod node;
mod outside;
mod passed;
mod pipeline;
mod problem;
mod proxy;
mod report;
mod running;
mod status;
mod tls;
mod upstreams;
mod usage;
mod worker;

pub use config::Config;
pub use handover::HandoverError;
pub use listen::ListenError;
pub use node::DataError;
pub use running::{Gateway, Running, StartError};
pub use usage::JournalError;

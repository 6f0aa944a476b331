//! The data plane: Pingora inside our own accept loop, the pipeline of policies, usage, and the feed of its configuration.

pub mod config;
mod context;
mod cors;
mod engine;
mod feed;
mod guard;
mod headers;
mod ids;
mod listen;
mod metrics;
mod node;
mod observed;
mod outside;
mod pipeline;
mod problem;
mod proxy;
mod report;
mod running;
mod status;
mod targets;
mod usage;
mod worker;

pub use config::Config;
pub use listen::ListenError;
pub use node::DataError;
pub use running::{Gateway, Running, StartError};
pub use usage::JournalError;

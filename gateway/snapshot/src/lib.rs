//! The gateway's configuration: its model, its compiler, the route matcher and the files on disk. No Pingora runtime.
#![deny(missing_docs)]

pub mod balance;
pub mod check;
pub mod condition;
pub mod disk;
pub mod failures;
pub mod flaws;
pub mod flow;
pub mod health;
pub mod limits;
pub mod live;
pub mod model;
pub mod path;
pub mod problem;
pub mod route;
pub mod settings;
pub mod steps;
pub mod upstream;
pub mod version;

mod rewrite;
mod router;
mod template;
#[cfg(test)]
mod trial;

//! The admin dashboard: screens drawn on the server with askama, made quicker with htmx.

mod admin;
mod answer;
mod dashboard;
mod deed;
pub mod failures;
mod form;
pub mod layout;
mod pages;
pub mod parts;
mod routes;
mod say;
mod stash;
mod surround;

pub use dashboard::{Dashboard, router};
pub use stash::Stash;

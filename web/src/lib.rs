//! The admin dashboard: screens drawn on the server with askama, made quicker with htmx.

pub mod failures;
pub mod layout;
pub mod parts;

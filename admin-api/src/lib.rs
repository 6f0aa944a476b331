//! The admin API: everything that runs the platform, as HTTP. [`router`] is the one table of URLs.

mod body;
mod caller;
mod docs;
mod etag;
mod handlers;
mod headings;
mod idempotency;
mod known;
mod list;
mod many;
mod openapi;
mod path;
mod routes;
mod settings;
mod state;
mod words;

pub use openapi::{document, document_json};
pub use routes::router;

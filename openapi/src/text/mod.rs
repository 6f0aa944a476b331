//! The reference as Markdown, for people and programs that read text.

mod llms;
mod page;
mod schema;

pub use self::llms::{Llms, llms};
pub use self::page::operation;

//! OpenAPI documents: read tolerantly, checked, turned into routes and pages, compared.
//!
//! [`parse`] makes a [`Document`] from bytes. From it, [`import::preview`] tells what would be imported and what is
//! wrong, [`reference::pages`] makes a page per operation that can be stored, and [`diff::between`] compares two
//! revisions. [`samples`], [`text`] and [`markdown`] turn stored pages into what people read.
//!
//! A document is hostile input: whatever is in it, reading it ends soon, takes bounded memory and does not panic, and
//! nothing is fetched.

pub mod contract;
pub mod diff;
pub mod import;
pub mod markdown;
pub mod reference;
pub mod sample;
pub mod samples;
pub mod text;

mod check;
mod convert;
mod document;
mod export;
mod finding;
mod limits;
mod locate;
mod names;
mod operations;
mod parse;
mod pointer;
mod schema;
mod security;
mod servers;
mod version;

pub use crate::document::Document;
pub use crate::export::{Published, WriteError};
pub use crate::finding::{Finding, Severity};
pub use crate::limits::Limits;
pub use crate::locate::excerpt;
pub use crate::parse::{ParseError, Syntax, parse};
pub use crate::schema::{Additional, Marker, Property, SchemaNode, Variant, VariantKind, Variants};
pub use crate::security::{Alternative, Flow, KeyPlace, SchemeKind, SecurityUse, explained_scopes};
pub use crate::servers::{Server, ServerKind, Variable};
pub use crate::version::Version;

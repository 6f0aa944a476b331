//! Schemas, flattened into trees that a page can show.

mod build;
mod expand;
mod node;
mod own;
mod words;

pub(crate) use self::build::{Budget, Builder};
pub(crate) use self::expand::{Parts, Problem, expand};
pub(crate) use self::node::is_false;
pub use self::node::{Additional, Marker, Property, SchemaNode, Variant, VariantKind, Variants};
pub(crate) use self::own::{shorten, value_weight};
pub(crate) use self::words::value as in_words;

#[cfg(test)]
mod tests;

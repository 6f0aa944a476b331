//! The reference: one page per operation that stands alone, and the list that leads to them.

mod content;
mod index;
mod page;
mod parameters;
mod types;

pub use self::index::{Entry, Group, Index, index};
pub(crate) use self::page::build;
pub use self::page::{page, pages};
pub(crate) use self::parameters::place as place_of;
pub use self::types::{
    Content, Example, ExternalDocs, OperationPage, Parameter, Place, RequestBody, Response,
};

//! Importing OpenAPI documents: what one would make, making it, and making it again from the next revision.

mod apply;
mod auth;
mod create;
mod declared;
mod history;
mod preview;
mod reading;
mod reimport;
mod shelf;
mod source;

use openapi::import::{AuthPreview, Info};
use openapi::{Server, Syntax, Version};
use serde::{Deserialize, Serialize};

pub(crate) use self::apply::conditions;
pub use self::create::{Imported, New, UpstreamChoice, create};
pub(crate) use self::declared::{put_document, routes_of};
pub use self::history::{Revision, findings, history, operations, revision};
pub use self::preview::{Preview, UpstreamNote, preview};
pub use self::reimport::{Comparison, Reimported, compare, reimport, revert};
pub use self::source::Source;

/// What a document says about the API as a whole: kept with its revision, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// What the document says of itself.
    pub info: Info,
    /// The specification that it was written for.
    pub version: Version,
    /// How it is written.
    pub syntax: Syntax,
    /// Its size in bytes.
    pub bytes: usize,
    /// Its servers: the upstream's addresses, not the gateway's.
    pub servers: Vec<Server>,
    /// Its security schemes.
    pub security: Vec<AuthPreview>,
    /// The groups that its operations are shown in, in order.
    pub groups: Vec<GroupHead>,
}

/// The heading of a group of operations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupHead {
    /// The tag; none for operations without one.
    pub tag: Option<String>,
    /// The heading.
    pub title: String,
    /// Fit for a URL and unique in the document.
    pub slug: String,
    /// Markdown.
    pub description: Option<String>,
    /// Documentation elsewhere.
    pub external_docs: Option<openapi::reference::ExternalDocs>,
}

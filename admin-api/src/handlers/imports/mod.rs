//! Importing OpenAPI documents.

pub(crate) mod compare;
pub(crate) mod create;
pub(crate) mod download;
pub(crate) mod preview;
pub(crate) mod replace;

use operations::import::{New, Source, UpstreamChoice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::handlers::versions::Version;
use crate::words::word;

/// A document, and what to make of it. What is left out is taken from the document.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportInput {
    /// The document itself, as JSON or YAML text.
    #[serde(default)]
    pub(super) document: Option<String>,
    /// Where to fetch it instead.
    #[serde(default)]
    pub(super) url: Option<String>,
    /// The API that it becomes a version of; a new one when left out.
    #[serde(default)]
    pub(super) api_id: Option<Uuid>,
    /// The API's name.
    #[serde(default)]
    pub(super) name: Option<String>,
    /// The API's name in URLs.
    #[serde(default)]
    pub(super) slug: Option<String>,
    /// The version's label.
    #[serde(default)]
    pub(super) label: Option<String>,
    /// public (when left out), registered or hidden.
    #[serde(default)]
    pub(super) visibility: Option<String>,
    /// Words to filter by.
    #[serde(default)]
    pub(super) tags: Vec<String>,
    /// An upstream that is there.
    #[serde(default)]
    pub(super) upstream_id: Option<Uuid>,
    /// An address for a new upstream.
    #[serde(default)]
    pub(super) upstream_url: Option<String>,
    /// Host names; none for every host.
    #[serde(default)]
    pub(super) hosts: Vec<String>,
    /// What stands before the path of each route.
    #[serde(default)]
    pub(super) base_path: Option<String>,
}

/// A document.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentInput {
    /// The document itself, as JSON or YAML text.
    #[serde(default)]
    pub(super) document: Option<String>,
    /// Where to fetch it instead.
    #[serde(default)]
    pub(super) url: Option<String>,
}

pub(super) fn source(
    document: Option<String>,
    url: Option<String>,
) -> Result<Source, faces::problem::Problem> {
    match (document, url) {
        (Some(text), None) => Ok(Source::Bytes(text.into_bytes())),
        (None, Some(url)) => Ok(Source::Url(url)),
        _ => Err(operations::Error::invalid("document", "or `url` is needed, and not both").into()),
    }
}

impl DocumentInput {
    pub(super) fn read(self) -> Result<Source, faces::problem::Problem> {
        source(self.document, self.url)
    }
}

impl ImportInput {
    pub(super) fn read(self) -> Result<New, faces::problem::Problem> {
        let upstream = match (self.upstream_id, self.upstream_url) {
            (Some(id), _) => UpstreamChoice::Existing(id.into()),
            (None, Some(url)) => UpstreamChoice::Address(url),
            (None, None) => UpstreamChoice::FromDocument,
        };
        Ok(New {
            api: self.api_id.map(Into::into),
            name: self.name,
            slug: self.slug,
            label: self.label,
            visibility: word("visibility", self.visibility.as_deref().unwrap_or("public"))?,
            tags: self.tags,
            upstream,
            hosts: self.hosts,
            base_path: self.base_path,
            ..New::from(source(self.document, self.url)?)
        })
    }
}

/// What importing would make.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Preview {
    /// SHA-256 of the document, in hexadecimal.
    pub(super) checksum: String,
    /// What the document holds, what would be made of it, what would not, and what is wrong, with places.
    pub(super) preview: serde_json::Value,
}

/// What was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Imported {
    /// The API.
    pub(super) api_id: Uuid,
    /// The API's name in URLs.
    pub(super) api_slug: String,
    /// The version: a draft.
    pub(super) version: Version,
    /// How many operations it has.
    pub(super) operations: usize,
    /// How many routes were made.
    pub(super) routes: usize,
    /// What was found wrong in the document, with places.
    pub(super) findings: serde_json::Value,
}

/// What the next document changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reimported {
    /// The version.
    pub(super) version: Version,
    /// The number of the new revision; absent when the document is the one that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) revision: Option<i64>,
    /// What changed for callers; breaking ones are marked.
    pub(super) changes: serde_json::Value,
    /// Routes that were made.
    pub(super) routes_added: Vec<String>,
    /// Routes that are gone.
    pub(super) routes_removed: Vec<String>,
    /// What was found wrong in the document, with places.
    pub(super) findings: serde_json::Value,
}

/// What a document would change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Comparison {
    /// Whether it is the document that is there.
    pub(super) same: bool,
    /// What would change for callers; breaking changes are marked.
    pub(super) changes: serde_json::Value,
}

pub(super) fn json<T: Serialize>(value: &T) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

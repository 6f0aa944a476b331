//! The model of the catalogue: APIs, their versions, documents and routes.

use domain::Timestamp;
use domain::api::{Lifecycle, PathKind, Visibility};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::Policy;
use crate::row::RowId;
use crate::wants;

/// A published contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// Its name in URLs, each once.
    pub slug: String,
    /// Its name for people; the slug when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// One sentence for its card.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// What it does, in Markdown: text, or a page by `${file:pages/shipping.md}`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Who sees it in the portal; everybody when left out.
    #[serde(default = "wants::public", skip_serializing_if = "wants::is_public")]
    #[schemars(schema_with = "wants::visibility")]
    pub visibility: Visibility,
    /// Words to filter by; the first is its shelf in the catalogue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Policies for every version, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<Policy>,
    /// Its versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<Version>,
    /// Which row it is, where it was read from a store.
    #[serde(skip)]
    pub id: RowId,
}

/// One version of an API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// `v2`, each once in its API.
    pub label: String,
    /// Where it stands; published when left out.
    #[serde(
        default = "wants::published",
        skip_serializing_if = "wants::is_published"
    )]
    #[schemars(schema_with = "wants::lifecycle")]
    pub lifecycle: Lifecycle,
    /// The slug of the upstream that gets its requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// Host names; every host when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// What stands before the path of each route.
    #[serde(default = "wants::root", skip_serializing_if = "wants::is_root")]
    pub base_path: String,
    /// Since when it is deprecated; the moment of the apply when left out of one that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub deprecated_at: Option<Timestamp>,
    /// When it will go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub sunset_at: Option<Timestamp>,
    /// The version to move to: `v3`, or `other-api/v1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// Its OpenAPI document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
    /// Whether each operation of the document gets a route, beside those that are listed.
    #[serde(default, skip_serializing_if = "wants::is_no")]
    pub routes_from_document: bool,
    /// Policies for every route, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<Policy>,
    /// What is let through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// Which row it is, where it was read from a store.
    #[serde(skip)]
    pub id: RowId,
}

/// An OpenAPI document: in a file the path of another file, elsewhere its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "the path of an OpenAPI document, or `text` with the document in it"
)]
pub enum Document {
    /// Its path, beside or below the file that names it.
    Path(String),
    /// The document itself.
    Text(DocumentText),
}

/// An OpenAPI document in place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentText {
    /// The document, JSON or YAML.
    pub text: String,
}

impl Document {
    /// A document in place.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(DocumentText { text: text.into() })
    }
}

/// What is let through to a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Its name for people; methods and path when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Methods; every method when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// The path after the version's base path.
    pub path: String,
    /// How the path is read; as a template when left out.
    #[serde(
        default = "wants::template",
        skip_serializing_if = "wants::is_template"
    )]
    #[schemars(schema_with = "wants::path_kind")]
    pub path_kind: PathKind,
    /// Routes with a higher one are tried first.
    #[serde(default, skip_serializing_if = "wants::is_zero")]
    pub priority: i64,
    /// The slug of the operation of the document that it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Who may call it, and what becomes of its path: the settings of the admin API.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Value>,
    /// Whether it matches at all.
    #[serde(default = "wants::yes", skip_serializing_if = "wants::is_yes")]
    pub enabled: bool,
    /// Policies, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<Policy>,
    /// Which row it is, where it was read from a store.
    #[serde(skip)]
    pub id: RowId,
}

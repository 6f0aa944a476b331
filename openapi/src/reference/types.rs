//! What a page of the reference holds.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::schema::{SchemaNode, is_false};
use crate::security::Alternative;
use crate::servers::Server;

/// All that the page of one operation shows. It stands alone: nothing in it refers to the document any more.
///
/// Store it as JSON: members that say nothing are left out, which formats without names cannot read back.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OperationPage {
    /// Unique in the document and stable over its revisions; fit for a URL.
    pub key: String,
    /// In capitals.
    pub method: String,
    /// The path template as written.
    pub path: String,
    /// The heading.
    pub title: String,
    /// Its id, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_id: Option<String>,
    /// Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Tags, the one it is listed under first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Should not be used any more.
    #[serde(skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// Documentation elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_docs: Option<ExternalDocs>,
    /// The servers that it is offered at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<Server>,
    /// Alternatives of security, any of which suffices. None: open to everybody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub security: Vec<Alternative>,
    /// Path, query, header and cookie parameters, in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// What is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_body: Option<RequestBody>,
    /// What comes back, in order of status.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub responses: Vec<Response>,
    /// Names of the callbacks that the operation makes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub callbacks: Vec<String>,
    /// Some schemas end before their time, to keep the page small.
    #[serde(skip_serializing_if = "is_false")]
    pub shortened: bool,
}

/// Documentation elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalDocs {
    /// Its address, as written.
    pub url: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Where a parameter is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// In the path template.
    Path,
    /// In the query.
    Query,
    /// The whole query (from 3.2 on).
    QueryString,
    /// In a header.
    Header,
    /// In a cookie.
    Cookie,
}

/// A parameter, or a header of a response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Where it is sent.
    pub place: Place,
    /// Its anchor on the page, unique there.
    pub anchor: String,
    /// Must be sent.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// Should not be used any more.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it holds.
    pub schema: SchemaNode,
    /// A list is written as one value per occurrence of the name, not joined by commas.
    #[serde(default, skip_serializing_if = "is_false")]
    pub explode: bool,
    /// The style, where it is not the usual one of its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
    /// The media type that its text is written in, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// An example of its value: the author's, or one that fits its schema.
    pub sample: Value,
    /// The sample is the author's.
    #[serde(default, skip_serializing_if = "is_false")]
    pub sample_given: bool,
}

/// What is sent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RequestBody {
    /// Must be sent.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// One entry per media type.
    pub contents: Vec<Content>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// `200`, `4XX` or `default`.
    pub status: String,
    /// Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Headers that come with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Parameter>,
    /// One entry per media type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<Content>,
    /// Names of the links to other operations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
}

/// A body in one media type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// The media type as written.
    pub media_type: String,
    /// What it holds; nothing when the document does not say, or when it is the same as that of `same_as`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<SchemaNode>,
    /// The media type before this one that has the same schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// Examples of the author, or one that fits the schema.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Example>,
}

/// An example of a body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// Its name among the examples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Its value.
    pub value: Value,
    /// Made from the schema, not the author's.
    #[serde(default, skip_serializing_if = "is_false")]
    pub made: bool,
}

//! The shape of a contract.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What of a contract is wanted: the rest is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub struct Wants {
    /// Parameters and request bodies.
    pub requests: bool,
    /// Schemas of answers.
    pub responses: bool,
    /// Examples of answers, given or made.
    pub examples: bool,
    /// Scopes that access tokens need.
    pub scopes: bool,
}

impl Wants {
    /// What serves both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            requests: self.requests || other.requests,
            responses: self.responses || other.responses,
            examples: self.examples || other.examples,
            scopes: self.scopes || other.scopes,
        }
    }

    /// Whether nothing is wanted.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// What an API promises.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Contract {
    /// Its operations, in the order of the document.
    pub operations: Vec<OperationContract>,
    /// The definitions that schemas of requests refer to.
    pub request_definitions: Definitions,
    /// The definitions that schemas of answers refer to.
    pub response_definitions: Definitions,
}

/// Schemas by name. A reference to one is `#/$defs/<name>`.
pub type Definitions = Map<String, Value>;

/// One method on one path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperationContract {
    /// Unique in the document, and the same for the same operation in its next revision.
    pub key: String,
    /// In capitals.
    pub method: String,
    /// As the document writes it.
    pub path: String,
    /// Its parameters and those of its path.
    pub parameters: Vec<ParameterContract>,
    /// The body that it takes.
    pub body: Option<BodyContract>,
    /// Its answers, in the order of the document.
    pub responses: Vec<ResponseContract>,
    /// What an access token must allow: all the scopes of one of these lists. Empty where the document asks for no token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Vec<String>>,
}

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
    /// In a cookie.
    Cookie,
}

/// How a parameter's value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Style {
    /// With commas.
    Simple,
    /// As forms do.
    Form,
    /// With blanks between items.
    SpaceDelimited,
    /// With `|` between items.
    PipeDelimited,
    /// `name[member]=value`.
    DeepObject,
    /// As JSON.
    Json,
    /// In a way that is not read (`matrix`, `label`, other media types): only presence counts.
    Other,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParameterContract {
    /// Its name; of headers, in small letters.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// Whether it must be there.
    pub required: bool,
    /// How its value is written.
    pub style: Style,
    /// Whether items and members stand on their own: `a=1&a=2`.
    pub explode: bool,
    /// What its value may be.
    pub schema: Value,
}

/// A request's body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BodyContract {
    /// Whether it must be there.
    pub required: bool,
    /// By media type.
    pub contents: Vec<ContentContract>,
}

/// A body of one media type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContentContract {
    /// `application/json`, `text/*`.
    pub media_type: String,
    /// What it may be; `None` for anything.
    pub schema: Option<Value>,
    /// Examples: those of the document, or else one that was made from the schema.
    pub examples: Vec<ExampleContract>,
}

/// An example.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExampleContract {
    /// Its name in the document; empty for one without.
    pub name: String,
    /// The body: a text is sent as it is unless the media type is JSON.
    pub value: Value,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResponseContract {
    /// `200`, `2XX` or `default`.
    pub status: String,
    /// Its headers.
    pub headers: Vec<HeaderContract>,
    /// Its bodies by media type; empty for none.
    pub contents: Vec<ContentContract>,
}

/// A header of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeaderContract {
    /// Its name, in small letters.
    pub name: String,
    /// Whether it must be there.
    pub required: bool,
    /// What its value may be.
    pub schema: Value,
    /// An example of its value; null for none.
    pub example: Value,
}

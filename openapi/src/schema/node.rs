//! One schema as a page shows it: references followed, `allOf` merged, recursion ended.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A schema that stands alone: nothing in it refers to the document any more.
///
/// Store it as JSON: members that say nothing are left out, which formats without names cannot read back.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SchemaNode {
    /// The type in a few words: `string, email`, `array of Address`, `one of 3`.
    pub label: String,
    /// The name it has among the document's schemas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The JSON types it allows, without `null`. Empty means any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// May be `null`.
    #[serde(skip_serializing_if = "is_false")]
    pub nullable: bool,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The format as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The only values it allows.
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
    /// How many more values there are.
    #[serde(skip_serializing_if = "is_zero")]
    pub values_left_out: usize,
    /// The one value it allows.
    #[serde(
        rename = "const",
        skip_serializing_if = "Option::is_none",
        with = "some_value"
    )]
    pub constant: Option<Value>,
    /// Its limits in words: `at most 255 characters`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<String>,
    /// What is assumed when it is left out.
    #[serde(skip_serializing_if = "Option::is_none", with = "some_value")]
    pub default: Option<Value>,
    /// Examples of its values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Value>,
    /// Only in responses.
    #[serde(skip_serializing_if = "is_false")]
    pub read_only: bool,
    /// Only in requests.
    #[serde(skip_serializing_if = "is_false")]
    pub write_only: bool,
    /// Should not be used any more.
    #[serde(skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// The members of an object, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<Property>,
    /// How many more members there are.
    #[serde(skip_serializing_if = "is_zero")]
    pub properties_left_out: usize,
    /// What the items of a list are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<SchemaNode>>,
    /// What other members an object may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional: Option<Additional>,
    /// Alternatives.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variants>,
    /// Why the tree ends here, where it does before its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<Marker>,
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// Must be there.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// What it holds.
    pub schema: SchemaNode,
}

/// Members that are not listed by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Additional {
    /// None are accepted.
    Refused,
    /// All of this kind.
    Schema(Box<SchemaNode>),
}

/// How alternatives relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum VariantKind {
    /// Exactly one holds.
    OneOf,
    /// One or more hold.
    AnyOf,
}

/// A set of alternatives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variants {
    /// How they relate.
    pub kind: VariantKind,
    /// The member that tells them apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discriminator: Option<String>,
    /// The alternatives, in order.
    pub options: Vec<Variant>,
    /// How many more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: usize,
}

/// One alternative.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// A short name for a tab.
    pub label: String,
    /// The discriminator's value for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What it holds.
    pub schema: SchemaNode,
}

/// Why a tree ends early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Marker {
    /// This schema is being shown already, further up.
    SeeAbove(String),
    /// There is more below than one page shows.
    Deeper,
    /// The reference leads nowhere.
    Missing(String),
    /// The reference leads to another document, which is not fetched.
    External(String),
}

impl Marker {
    /// One short sentence for people.
    pub fn sentence(&self) -> String {
        match self {
            Self::SeeAbove(name) => format!("See above: {name}."),
            Self::Deeper => "There is more below this than the page shows.".to_owned(),
            Self::Missing(reference) => format!("Not documented: {reference} does not exist."),
            Self::External(reference) => format!("Described elsewhere: {reference}."),
        }
    }
}

impl SchemaNode {
    /// Has something to unfold.
    pub fn has_children(&self) -> bool {
        !self.properties.is_empty()
            || self.items.is_some()
            || !self.variants.is_empty()
            || matches!(self.additional, Some(Additional::Schema(_)))
    }
}

pub(crate) fn is_false(flag: &bool) -> bool {
    !flag
}

pub(crate) fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// Keeps `null` apart from nothing.
mod some_value {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::Value;

    pub(super) fn serialize<S: Serializer>(
        value: &Option<Value>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Value>, D::Error> {
        Value::deserialize(deserializer).map(Some)
    }
}

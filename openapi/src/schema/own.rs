//! What the schemas at one place say of themselves, without anything below them.

use serde_json::Value;

use super::expand::{Parts, Problem};
use super::node::{Additional, Marker, SchemaNode};
use super::words;
use crate::pointer;

/// Values of an enumeration that are kept.
const VALUES: usize = 100;
/// Longest description of a schema, in bytes.
const DESCRIPTION: usize = 2_000;
/// Largest example or default, in bytes as JSON.
const EXAMPLE: usize = 1_000;

/// The node of one place, without its children.
pub(super) fn own(parts: &Parts<'_>) -> SchemaNode {
    let mut node = SchemaNode {
        name: parts.name.clone(),
        types: parts.types().into_iter().map(str::to_owned).collect(),
        nullable: parts.nullable,
        title: parts.text("title").map(str::to_owned),
        description: parts
            .text("description")
            .map(|text| shorten(text, DESCRIPTION)),
        format: parts.text("format").map(str::to_owned),
        constant: parts
            .first("const")
            .filter(|value| is_small(value))
            .cloned(),
        default: parts
            .first("default")
            .filter(|value| is_small(value))
            .cloned(),
        examples: examples(parts),
        read_only: parts.flag("readOnly"),
        write_only: parts.flag("writeOnly"),
        deprecated: parts.flag("deprecated"),
        marker: parts.problem.map(|problem| match problem {
            Problem::Recursive(reference) => Marker::SeeAbove(pointer::last_name(reference)),
            Problem::Missing(reference) => Marker::Missing(reference.to_owned()),
            Problem::External(reference) => Marker::External(reference.to_owned()),
        }),
        ..SchemaNode::default()
    };
    if let Some(values) = parts.first("enum").and_then(Value::as_array) {
        let shown = values
            .iter()
            .filter(|value| !value.is_null() && is_small(value));
        node.values = shown.take(VALUES).cloned().collect();
        node.nullable |= values.iter().any(Value::is_null);
        node.values_left_out =
            values.iter().filter(|value| !value.is_null()).count() - node.values.len();
    }
    for limit in parts.maps.iter().flat_map(|map| words::limits(map)) {
        if !node.limits.contains(&limit) {
            node.limits.push(limit);
        }
    }
    node
}

fn examples(parts: &Parts<'_>) -> Vec<Value> {
    let one = parts.first("example").into_iter();
    let many = parts
        .first("examples")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    one.chain(many)
        .filter(|value| is_small(value))
        .take(3)
        .cloned()
        .collect()
}

/// There is something below this place.
pub(super) fn has_more(parts: &Parts<'_>) -> bool {
    let has_members = |name: &str| {
        parts
            .first(name)
            .and_then(Value::as_object)
            .is_some_and(|map| !map.is_empty())
    };
    has_members("properties")
        || has_members("additionalProperties")
        || parts.first("items").is_some()
        || !parts.alternatives().is_empty()
}

/// The type in a few words.
pub(super) fn label(node: &SchemaNode, parts: &Parts<'_>) -> String {
    let mut label = base_label(node, parts);
    if node.constant.is_some() {
        label = "constant".to_owned();
    } else if !node.values.is_empty() {
        label.push_str(", enum");
    } else if let Some(format) = node.format.as_ref().filter(|format| **format != label) {
        label.push_str(", ");
        label.push_str(format);
    }
    if node.nullable {
        label.push_str(", nullable");
    }
    label
}

fn base_label(node: &SchemaNode, parts: &Parts<'_>) -> String {
    let is = |kind: &str| node.types.len() == 1 && node.types[0] == kind;
    if is("array") {
        return match &node.items {
            Some(items) => format!("array of {}", inner_label(items)),
            None => "array".to_owned(),
        };
    }
    if let Some(variants) = node.variants.first().filter(|_| node.properties.is_empty()) {
        let labels: Vec<&str> = variants
            .options
            .iter()
            .map(|option| inner_label(&option.schema))
            .collect();
        let short = labels.len() <= 3
            && variants.left_out == 0
            && labels.iter().all(|label| label.len() <= 24);
        return if short {
            labels.join(" or ")
        } else {
            format!("one of {}", variants.options.len() + variants.left_out)
        };
    }
    if let Some(name) = node
        .name
        .as_ref()
        .filter(|_| node.types.is_empty() || is("object"))
    {
        return name.clone();
    }
    if let Some(Additional::Schema(inner)) = &node.additional
        && is("object")
        && node.properties.is_empty()
        && parts.first("properties").is_none()
    {
        return format!("map of {}", inner_label(inner));
    }
    if !node.types.is_empty() {
        return node.types.join(" or ");
    }
    let value = node.constant.as_ref().or_else(|| node.values.first());
    match value.or_else(|| node.examples.first()) {
        Some(Value::String(_)) => "string".to_owned(),
        Some(Value::Number(_)) => "number".to_owned(),
        Some(Value::Bool(_)) => "boolean".to_owned(),
        _ => "anything".to_owned(),
    }
}

fn inner_label(node: &SchemaNode) -> &str {
    node.name.as_deref().unwrap_or(&node.label)
}

fn is_small(value: &Value) -> bool {
    value_weight(value) <= EXAMPLE
}

/// The length of a node as JSON, about, without its children.
pub(super) fn weight(node: &SchemaNode) -> usize {
    let length = |text: &Option<String>| text.as_ref().map_or(0, |text| text.len() + 16);
    let values = node
        .values
        .iter()
        .chain(&node.examples)
        .chain(&node.constant)
        .chain(&node.default);
    length(&node.name) * 2
        + length(&node.title)
        + length(&node.description)
        + length(&node.format)
        + node
            .limits
            .iter()
            .map(|limit| limit.len() + 8)
            .sum::<usize>()
        + values.map(value_weight).sum::<usize>()
}

/// The length of a value as JSON, about.
pub(crate) fn value_weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(_) => 8,
        Value::String(text) => text.len() + 3,
        Value::Array(items) => 2 + items.iter().map(value_weight).sum::<usize>(),
        Value::Object(map) => {
            2 + map
                .iter()
                .map(|(key, value)| key.len() + 4 + value_weight(value))
                .sum::<usize>()
        }
    }
}

/// At most `limit` bytes of a text, ended at a character.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(limit);
    format!("{}…", text[..end].trim_end())
}

//! Builds the tree of one schema under a budget shared by its page.

use serde_json::{Map, Value};

use super::expand::{Parts, Problem, expand};
use super::node::{Additional, Marker, Property, SchemaNode, Variant, VariantKind, Variants};
use super::words;
use crate::document::{Document, text};
use crate::pointer;

/// Values of an enumeration that are kept.
const VALUES: usize = 100;
/// Alternatives that are kept.
const OPTIONS: usize = 40;
/// Longest description of a schema, in bytes.
const DESCRIPTION: usize = 2_000;
/// Largest example or default, in bytes as JSON.
const EXAMPLE: usize = 1_000;
/// What a node weighs by itself, in bytes as JSON.
const NODE: usize = 64;

/// How much a page may still take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    /// Levels below the top of a schema.
    pub(crate) depth: usize,
    /// Bytes as JSON, about.
    pub(crate) bytes: usize,
    /// The bytes did not suffice; what was left out is marked.
    pub(crate) exhausted: bool,
}

/// Builds schema trees from one document.
pub(crate) struct Builder<'d> {
    document: &'d Document,
    pub(crate) budget: Budget,
    above: Vec<&'d str>,
}

impl<'d> Builder<'d> {
    pub(crate) fn new(document: &'d Document, budget: Budget) -> Self {
        Self {
            document,
            budget,
            above: Vec::new(),
        }
    }

    /// The tree of one schema.
    pub(crate) fn node(&mut self, schema: &'d Value) -> SchemaNode {
        self.build(&[schema], 0)
    }

    /// Takes `bytes` from the budget; false when there is not enough left.
    pub(crate) fn spend(&mut self, bytes: usize) -> bool {
        match self.budget.bytes.checked_sub(bytes) {
            Some(left) => self.budget.bytes = left,
            None => self.budget.exhausted = true,
        }
        !self.budget.exhausted
    }

    fn build(&mut self, schemas: &[&'d Value], depth: usize) -> SchemaNode {
        if let [Value::Bool(anything)] = schemas {
            let label = if *anything { "anything" } else { "nothing" };
            return SchemaNode {
                label: label.to_owned(),
                ..SchemaNode::default()
            };
        }
        let parts = expand(self.document, schemas, &self.above);
        let mut node = own(&parts);
        self.spend(NODE + weight(&node));
        if depth >= self.budget.depth || self.budget.exhausted {
            if has_more(&parts) && node.marker.is_none() {
                node.marker = Some(Marker::Deeper);
            }
        } else {
            let above = self.above.len();
            self.above.extend(&parts.references);
            self.children(&parts, &mut node, depth + 1);
            self.above.truncate(above);
        }
        node.label = label(&node, &parts);
        node
    }

    fn children(&mut self, parts: &Parts<'d>, node: &mut SchemaNode, depth: usize) {
        let required = parts.required();
        let members = parts.properties();
        for (index, (name, schemas)) in members.iter().enumerate() {
            if !self.spend(name.len() + 32) {
                node.properties_left_out = members.len() - index;
                break;
            }
            let schema = self.build(schemas, depth);
            let required = required.contains(name);
            node.properties.push(Property {
                name: (*name).to_owned(),
                required,
                schema,
            });
        }
        let items: Vec<&Value> = parts
            .maps
            .iter()
            .filter_map(|map| map.get("items"))
            .collect();
        if !items.is_empty() {
            node.items = Some(Box::new(self.build(&items, depth)));
        } else if let Some(places) = parts.first("prefixItems").and_then(Value::as_array) {
            for (index, place) in places.iter().take(OPTIONS).enumerate() {
                let schema = self.build(&[place], depth);
                node.properties.push(Property {
                    name: format!("[{index}]"),
                    required: false,
                    schema,
                });
            }
        }
        node.additional = self.additional(parts, depth);
        for (kind, owner, options) in parts.alternatives() {
            match words::demands(&options) {
                Some(demand) => node.limits.push(demand),
                None => node
                    .variants
                    .push(self.variants(kind, owner, &options, depth)),
            }
        }
    }

    fn additional(&mut self, parts: &Parts<'d>, depth: usize) -> Option<Additional> {
        let patterns = || {
            let patterns = parts.first("patternProperties")?.as_object()?;
            patterns.values().next()
        };
        match parts.first("additionalProperties").or_else(patterns)? {
            Value::Bool(false) => Some(Additional::Refused),
            schema @ Value::Object(map) if !map.is_empty() => {
                Some(Additional::Schema(Box::new(self.build(&[schema], depth))))
            }
            _ => None,
        }
    }

    fn variants(
        &mut self,
        kind: &str,
        owner: &'d Map<String, Value>,
        options: &[&'d Value],
        depth: usize,
    ) -> Variants {
        let discriminator = owner.get("discriminator");
        let mut variants = Variants {
            kind: if kind == "oneOf" {
                VariantKind::OneOf
            } else {
                VariantKind::AnyOf
            },
            discriminator: discriminator
                .and_then(|d| text(d, "propertyName"))
                .map(str::to_owned),
            options: Vec::new(),
            left_out: 0,
        };
        for (index, option) in options.iter().enumerate() {
            if index >= OPTIONS || !self.spend(32) {
                variants.left_out = options.len() - index;
                break;
            }
            let schema = self.build(&[option], depth);
            let value = discriminator.and_then(|d| mapped_value(d, option));
            let label = value
                .clone()
                .or_else(|| schema.title.clone())
                .or_else(|| schema.name.clone())
                .unwrap_or_else(|| schema.label.clone());
            variants.options.push(Variant {
                label,
                value,
                schema,
            });
        }
        variants
    }
}

/// The discriminator's value that its mapping gives to an alternative.
fn mapped_value(discriminator: &Value, option: &Value) -> Option<String> {
    let reference = crate::document::reference_of(option)?;
    let mapping = discriminator.get("mapping")?.as_object()?;
    let name = pointer::last_name(reference);
    let (value, _) = mapping.iter().find(|(_, target)| {
        target
            .as_str()
            .is_some_and(|target| target == reference || target == name)
    })?;
    Some(value.clone())
}

/// What the schemas at one place say of themselves, without anything below them.
fn own(parts: &Parts<'_>) -> SchemaNode {
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

fn has_more(parts: &Parts<'_>) -> bool {
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
fn label(node: &SchemaNode, parts: &Parts<'_>) -> String {
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

fn weight(node: &SchemaNode) -> usize {
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

//! Builds the tree of one schema, level by level, so that what does not fit is cut at the bottom.

use std::rc::Rc;

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

/// How much the schemas of a page may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    /// Levels below the top of a schema.
    pub(crate) depth: usize,
    /// Bytes as JSON, about, for all schemas together. Each may take an equal share of what is left.
    pub(crate) bytes: usize,
    /// Schemas that are still to come.
    pub(crate) schemas: usize,
}

/// Builds schema trees from one document.
pub(crate) struct Builder<'d> {
    document: &'d Document,
    budget: Budget,
    shortened: bool,
}

/// The references that are being followed above a place.
struct Chain<'d> {
    references: Vec<&'d str>,
    parent: Option<Rc<Chain<'d>>>,
}

/// A node whose children are not put into it yet.
struct Slot<'d> {
    node: SchemaNode,
    parts: Parts<'d>,
    /// The references above its children.
    chain: Rc<Chain<'d>>,
    depth: usize,
    edges: Vec<(Edge, usize)>,
}

/// How a child hangs on its parent.
enum Edge {
    Property { name: String, required: bool },
    Items,
    Additional,
    Variant { group: usize, value: Option<String> },
}

/// A tree that is being built.
struct Tree<'d> {
    document: &'d Document,
    slots: Vec<Slot<'d>>,
    spent: usize,
}

impl<'d> Builder<'d> {
    pub(crate) fn new(document: &'d Document, budget: Budget) -> Self {
        Self {
            document,
            budget,
            shortened: false,
        }
    }

    /// The tree of one of the schemas that the budget counts.
    pub(crate) fn node(&mut self, schema: &'d Value) -> SchemaNode {
        let share = self.budget.bytes / self.budget.schemas.max(1);
        self.pass();
        self.build(schema, share)
    }

    /// The tree of a schema that the budget does not count, since such schemas are small.
    pub(crate) fn small(&mut self, schema: &'d Value) -> SchemaNode {
        self.build(schema, self.budget.bytes / (self.budget.schemas + 2))
    }

    /// One of the schemas that the budget counts needs no tree.
    pub(crate) fn pass(&mut self) {
        self.budget.schemas = self.budget.schemas.saturating_sub(1);
    }

    fn build(&mut self, schema: &'d Value, share: usize) -> SchemaNode {
        let mut tree = Tree {
            document: self.document,
            slots: Vec::new(),
            spent: 0,
        };
        let top = Rc::new(Chain {
            references: Vec::new(),
            parent: None,
        });
        tree.add(&[schema], &top, 0);
        let mut at = 0;
        while at < tree.slots.len() {
            let slot = &mut tree.slots[at];
            if slot.depth < self.budget.depth && tree.spent < share {
                tree.open(at, share);
            } else if has_more(&slot.parts) && slot.node.marker.is_none() {
                slot.node.marker = Some(Marker::Deeper);
                self.shortened = true;
            }
            at += 1;
        }
        self.spend(tree.spent);
        tree.finish()
    }

    /// Takes `bytes` from the budget of the schemas to come.
    pub(crate) fn spend(&mut self, bytes: usize) {
        self.budget.bytes = self.budget.bytes.saturating_sub(bytes);
    }

    /// Takes `bytes` from the budget, if it has as many.
    pub(crate) fn affords(&mut self, bytes: usize) -> bool {
        let affords = bytes <= self.budget.bytes;
        if affords {
            self.spend(bytes);
        }
        affords
    }

    /// A description cut to `limit` bytes, or to a few words when the budget is gone.
    pub(crate) fn text(&mut self, text: &str, limit: usize) -> String {
        let text = shorten(text, if self.budget.bytes > 0 { limit } else { 120 });
        self.spend(text.len() + 32);
        text
    }

    /// Some tree ends before its time.
    pub(crate) fn shortened(&self) -> bool {
        self.shortened
    }
}

impl<'d> Chain<'d> {
    fn contains(&self, reference: &str) -> bool {
        self.references.contains(&reference)
            || self
                .parent
                .as_ref()
                .is_some_and(|parent| parent.contains(reference))
    }
}

impl<'d> Tree<'d> {
    /// Adds the node of a place without its children; returns its index.
    fn add(&mut self, schemas: &[&'d Value], above: &Rc<Chain<'d>>, depth: usize) -> usize {
        let parts = expand(self.document, schemas, &|reference| {
            above.contains(reference)
        });
        let mut node = own(&parts);
        if let [Value::Bool(anything)] = schemas {
            node.label = if *anything { "anything" } else { "nothing" }.to_owned();
        }
        let chain = if parts.references.is_empty() {
            Rc::clone(above)
        } else {
            Rc::new(Chain {
                references: parts.references.clone(),
                parent: Some(Rc::clone(above)),
            })
        };
        self.spent += NODE + weight(&node);
        self.slots.push(Slot {
            node,
            parts,
            chain,
            depth,
            edges: Vec::new(),
        });
        self.slots.len() - 1
    }

    /// Adds a child to a node.
    fn hang(&mut self, at: usize, edge: Edge, schemas: &[&'d Value]) {
        let chain = Rc::clone(&self.slots[at].chain);
        let child = self.add(schemas, &chain, self.slots[at].depth + 1);
        self.slots[at].edges.push((edge, child));
    }

    /// Adds the children of a node.
    fn open(&mut self, at: usize, share: usize) {
        // Once over its share, a tree may take half as much again for the members of the node that is open.
        let most = share + share / 2;
        let parts = std::mem::take(&mut self.slots[at].parts);
        let required = parts.required();
        let members = parts.properties();
        for (index, (name, schemas)) in members.iter().enumerate() {
            if self.spent > most {
                self.slots[at].node.properties_left_out = members.len() - index;
                break;
            }
            self.spent += name.len() + 32;
            let edge = Edge::Property {
                name: (*name).to_owned(),
                required: required.contains(name),
            };
            self.hang(at, edge, schemas);
        }
        let items: Vec<&Value> = parts
            .maps
            .iter()
            .filter_map(|map| map.get("items"))
            .collect();
        if !items.is_empty() {
            self.hang(at, Edge::Items, &items);
        } else if let Some(places) = parts.first("prefixItems").and_then(Value::as_array) {
            for (index, place) in places.iter().take(OPTIONS).enumerate() {
                let edge = Edge::Property {
                    name: format!("[{index}]"),
                    required: false,
                };
                self.hang(at, edge, &[place]);
            }
        }
        self.open_additional(at, &parts);
        for (kind, owner, options) in parts.alternatives() {
            match words::demands(&options) {
                Some(demand) => self.slots[at].node.limits.push(demand),
                None => self.open_variants(at, kind, owner, &options, most),
            }
        }
        self.slots[at].parts = parts;
    }

    fn open_additional(&mut self, at: usize, parts: &Parts<'d>) {
        let patterns = || {
            let patterns = parts.first("patternProperties")?.as_object()?;
            patterns.values().next()
        };
        match parts.first("additionalProperties").or_else(patterns) {
            Some(Value::Bool(false)) => self.slots[at].node.additional = Some(Additional::Refused),
            Some(schema @ Value::Object(map)) if !map.is_empty() => {
                self.hang(at, Edge::Additional, &[schema])
            }
            _ => {}
        }
    }

    fn open_variants(
        &mut self,
        at: usize,
        kind: &str,
        owner: &'d Map<String, Value>,
        options: &[&'d Value],
        most: usize,
    ) {
        let discriminator = owner.get("discriminator");
        let group = self.slots[at].node.variants.len();
        self.slots[at].node.variants.push(Variants {
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
        });
        for (index, option) in options.iter().enumerate() {
            if index >= OPTIONS || self.spent > most {
                self.slots[at].node.variants[group].left_out = options.len() - index;
                break;
            }
            self.spent += 48;
            let value = discriminator.and_then(|d| mapped_value(d, option));
            self.hang(at, Edge::Variant { group, value }, &[option]);
        }
    }

    /// Puts each node into its parent: children always come after their parents.
    fn finish(mut self) -> SchemaNode {
        let mut done: Vec<SchemaNode> = Vec::new();
        done.resize_with(self.slots.len(), SchemaNode::default);
        while let Some(mut slot) = self.slots.pop() {
            for (edge, child) in slot.edges {
                put(&mut slot.node, edge, std::mem::take(&mut done[child]));
            }
            if slot.node.label.is_empty() {
                slot.node.label = label(&slot.node, &slot.parts);
            }
            done[self.slots.len()] = slot.node;
        }
        done.into_iter().next().unwrap_or_default()
    }
}

fn put(node: &mut SchemaNode, edge: Edge, schema: SchemaNode) {
    match edge {
        Edge::Property { name, required } => node.properties.push(Property {
            name,
            required,
            schema,
        }),
        Edge::Items => node.items = Some(Box::new(schema)),
        Edge::Additional => node.additional = Some(Additional::Schema(Box::new(schema))),
        Edge::Variant { group, value } => {
            let label = value
                .clone()
                .or_else(|| schema.title.clone())
                .or_else(|| schema.name.clone())
                .unwrap_or_else(|| schema.label.clone());
            node.variants[group].options.push(Variant {
                label,
                value,
                schema,
            });
        }
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

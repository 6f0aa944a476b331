//! Builds the tree of one schema, level by level, so that what does not fit is cut at the bottom.

use std::rc::Rc;

use serde_json::{Map, Value};

use super::expand::{Parts, expand};
use super::node::{Additional, Marker, Property, SchemaNode, Variant, VariantKind, Variants};
use super::own::{has_more, label, own, shorten, weight};
use super::words;
use crate::document::{Document, text};
use crate::pointer;

/// Alternatives that are kept.
const OPTIONS: usize = 40;
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

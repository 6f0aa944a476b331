//! Which operations a change of the shared components can reach, so that only those are compared.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::document::Document;
use crate::operations::Operation;
use crate::pointer;

/// The components that differ between two documents, and those that lead to one that does.
pub(super) struct Touched {
    components: HashSet<String>,
    /// What holds for all operations differs.
    all: bool,
}

impl Touched {
    pub(super) fn between(old: &Document, new: &Document) -> Self {
        let differs = |name: &str| old.root().get(name) != new.root().get(name);
        let schemes = old.components("securitySchemes") != new.components("securitySchemes");
        let all = differs("security") || schemes;
        if all || !differs("components") {
            return Self {
                components: HashSet::new(),
                all,
            };
        }
        let mut known: HashMap<String, [Option<&Value>; 2]> = HashMap::new();
        for (side, document) in [old, new].into_iter().enumerate() {
            for (name, value) in components(document) {
                known.entry(name).or_default()[side] = Some(value);
            }
        }
        // From each component to those that refer to it.
        let mut leads: HashMap<String, Vec<&str>> = HashMap::new();
        let mut pending: Vec<&str> = Vec::new();
        for (name, sides) in &known {
            if sides[0] != sides[1] {
                pending.push(name);
            }
            for reference in sides.iter().flatten().flat_map(|value| references(value)) {
                if let Some(target) = component(reference) {
                    leads.entry(target).or_default().push(name);
                }
            }
        }
        let mut touched = HashSet::new();
        while let Some(name) = pending.pop() {
            if touched.insert(name.to_owned()) {
                pending.extend(leads.get(name).into_iter().flatten());
            }
        }
        Self {
            components: touched,
            all: false,
        }
    }

    /// The operation may be another one, although what is written in it is the same.
    pub(super) fn reaches(&self, operation: &Operation<'_>) -> bool {
        let shared = operation.item.get("parameters");
        let mut owners = [Some(operation.value), shared].into_iter().flatten();
        self.all
            || owners.any(|owner| {
                references(owner).into_iter().any(|reference| {
                    // What refers to another place than the components may change with anything.
                    component(reference).is_none_or(|name| self.components.contains(&name))
                })
            })
    }
}

/// All components, as `kind/name`.
fn components(document: &Document) -> impl Iterator<Item = (String, &Value)> {
    let kinds = document.top("components").into_iter().flatten();
    kinds.flat_map(|(kind, members)| {
        let members = members.as_object().into_iter().flatten();
        members.map(move |(name, value)| (format!("{kind}/{name}"), value))
    })
}

/// The component that a reference leads to, or into.
fn component(reference: &str) -> Option<String> {
    let pointer = pointer::of_local_reference(reference)?;
    let mut parts = pointer.strip_prefix("/components/")?.split('/');
    let (kind, name) = (parts.next()?, parts.next()?);
    Some(format!("{kind}/{}", pointer::unescape(name)))
}

fn references(value: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    collect(value, &mut found);
    found
}

fn collect<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                found.push(reference);
            }
            map.iter().for_each(|(_, value)| collect(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

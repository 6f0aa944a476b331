//! All the schemas that hold at one place: references followed, `allOf` opened, each once.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::document::{Document, Target, reference_of};
use crate::pointer;

/// What holds at one place.
#[derive(Debug, Default)]
pub(crate) struct Parts<'d> {
    /// The schemas, the outermost first.
    pub(crate) maps: Vec<&'d Map<String, Value>>,
    /// The name of the schema that was referred to.
    pub(crate) name: Option<String>,
    /// The references that were followed.
    pub(crate) references: Vec<&'d str>,
    pub(crate) nullable: bool,
    pub(crate) problem: Option<Problem<'d>>,
}

/// A reference that was not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem<'d> {
    Recursive(&'d str),
    Missing(&'d str),
    External(&'d str),
}

/// References that are followed for one place, and schemas that hold there; a chain of more is cut.
const PARTS: usize = 200;
/// Members, values and alternatives that are looked at.
const MEMBERS: usize = 5_000;

/// Whether a reference is being followed already.
type Above<'a> = &'a dyn Fn(&str) -> bool;

/// Opens `starts`, which all hold at the same place. References that are `above` are being shown already.
pub(crate) fn expand<'d>(
    document: &'d Document,
    starts: &[&'d Value],
    above: Above<'_>,
) -> Parts<'d> {
    let mut parts = Parts::default();
    if let [start] = starts {
        parts.name = own_reference(start).map(pointer::last_name);
    }
    for start in starts {
        open(document, start, above, &mut parts);
    }
    parts
}

fn open<'d>(document: &'d Document, schema: &'d Value, above: Above<'_>, parts: &mut Parts<'d>) {
    let Value::Object(map) = schema else {
        return;
    };
    if parts.maps.len() >= PARTS {
        return;
    }
    parts.nullable |= is_nullable(map);
    let reference = reference_of(schema);
    if reference.is_none() || map.len() > 1 {
        parts.maps.push(map);
    }
    if let Some(reference) = reference {
        refer(document, reference, above, parts);
    }
    for part in map
        .get("allOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        open(document, part, above, parts);
    }
    for kind in ["oneOf", "anyOf"] {
        if let Some((only, nullable)) = only_option(map, kind) {
            parts.nullable |= nullable;
            open(document, only, above, parts);
        }
    }
}

fn refer<'d>(document: &'d Document, reference: &'d str, above: Above<'_>, parts: &mut Parts<'d>) {
    if parts.references.len() >= PARTS || parts.references.contains(&reference) {
        return;
    }
    if above(reference) {
        parts.problem.get_or_insert(Problem::Recursive(reference));
        return;
    }
    parts.references.push(reference);
    match document.follow(reference) {
        Target::Found(target) => open(document, target, above, parts),
        Target::Missing => {
            parts.problem.get_or_insert(Problem::Missing(reference));
        }
        Target::External => {
            parts.problem.get_or_insert(Problem::External(reference));
        }
    }
}

/// The reference that gives a schema its name: its own, or the only thing it wraps.
fn own_reference(schema: &Value) -> Option<&str> {
    if let Some(reference) = reference_of(schema) {
        return Some(reference);
    }
    let map = schema.as_object()?;
    if let Some([only]) = map
        .get("allOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        && !map.contains_key("properties")
    {
        return reference_of(only);
    }
    ["oneOf", "anyOf"]
        .iter()
        .find_map(|kind| reference_of(only_option(map, kind)?.0))
}

/// The one alternative that is not `null`, where there is only one; and whether `null` was another.
fn only_option<'d>(map: &'d Map<String, Value>, kind: &str) -> Option<(&'d Value, bool)> {
    let options = map.get(kind)?.as_array()?;
    let mut real = options.iter().filter(|option| !is_null(option));
    match (real.next(), real.next()) {
        (Some(only), None) => Some((only, options.len() > 1)),
        _ => None,
    }
}

/// A schema that allows only `null`.
pub(crate) fn is_null(schema: &Value) -> bool {
    let is_null_type = schema.get("type").and_then(Value::as_str) == Some("null");
    let only_null = schema
        .get("enum")
        .and_then(Value::as_array)
        .is_some_and(|values| !values.is_empty() && values.iter().all(Value::is_null));
    is_null_type || only_null || schema.get("const").is_some_and(Value::is_null)
}

fn is_nullable(map: &Map<String, Value>) -> bool {
    map.get("nullable") == Some(&Value::Bool(true))
        || map
            .get("type")
            .and_then(Value::as_array)
            .is_some_and(|types| types.iter().any(|kind| kind == "null"))
        || ["oneOf", "anyOf"].iter().any(|kind| {
            map.get(*kind)
                .and_then(Value::as_array)
                .is_some_and(|options| options.iter().any(is_null))
        })
}

impl<'d> Parts<'d> {
    /// The first value of a keyword.
    pub(crate) fn first(&self, keyword: &str) -> Option<&'d Value> {
        self.maps.iter().find_map(|map| map.get(keyword))
    }

    /// The first text of a keyword that is not empty.
    pub(crate) fn text(&self, keyword: &str) -> Option<&'d str> {
        let texts = self
            .maps
            .iter()
            .filter_map(|map| map.get(keyword)?.as_str());
        texts.into_iter().find(|text| !text.trim().is_empty())
    }

    /// One of the schemas says so.
    pub(crate) fn flag(&self, keyword: &str) -> bool {
        self.maps
            .iter()
            .any(|map| map.get(keyword) == Some(&Value::Bool(true)))
    }

    /// The types that are allowed, without `null`: written, or told by other keywords.
    pub(crate) fn types(&self) -> Vec<&'d str> {
        let mut types: Vec<&str> = Vec::new();
        for map in &self.maps {
            match map.get("type") {
                Some(Value::String(kind)) => types.push(kind),
                Some(Value::Array(kinds)) => types.extend(kinds.iter().filter_map(Value::as_str)),
                _ => continue,
            }
            break;
        }
        types.retain(|kind| *kind != "null");
        if types.is_empty() {
            let has = |keyword: &str| self.first(keyword).is_some();
            if has("properties") || has("additionalProperties") {
                types.push("object");
            } else if has("items") || has("prefixItems") {
                types.push("array");
            }
        }
        types
    }

    /// The members by name, each with all the schemas that hold for it.
    pub(crate) fn properties(&self) -> indexmap::IndexMap<&'d str, Vec<&'d Value>> {
        let mut members: indexmap::IndexMap<&str, Vec<&Value>> = indexmap::IndexMap::new();
        for map in &self.maps {
            for (name, schema) in map
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .take(MEMBERS)
            {
                members.entry(name).or_default().push(schema);
            }
        }
        members
    }

    /// The names of the members that must be there.
    pub(crate) fn required(&self) -> HashSet<&'d str> {
        let lists = self
            .maps
            .iter()
            .filter_map(|map| map.get("required")?.as_array());
        let names = lists.flatten().take(MEMBERS);
        names.filter_map(Value::as_str).collect()
    }

    /// Alternatives with more than one real choice: the keyword, the schema that has it, the choices.
    pub(crate) fn alternatives(
        &self,
    ) -> Vec<(&'static str, &'d Map<String, Value>, Vec<&'d Value>)> {
        let mut found = Vec::new();
        for map in &self.maps {
            for kind in ["oneOf", "anyOf"] {
                let options = map
                    .get(kind)
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten();
                let options = options.filter(|option| !is_null(option)).take(MEMBERS);
                let options: Vec<&Value> = options.collect();
                if options.len() > 1 {
                    found.push((kind, *map, options));
                }
            }
        }
        found
    }
}

//! Schemas of all versions in one form: JSON Schema 2020-12, only keywords that check something, only references within.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::circles;
use super::types::Definitions;
use crate::document::{Document, flag, reference_of};
use crate::sample::Direction;
use crate::version::Version;

/// Schemas inside each other.
const DEPTH: usize = 64;
/// Schemas in all of one contract.
const SCHEMAS: usize = 100_000;

/// Definitions of one contract.
const DEFINITIONS: usize = 5_000;

/// Makes schemas plain and gathers what they refer to.
pub(super) struct Normal<'d> {
    document: &'d Document,
    direction: Direction,
    /// Names of definitions by what was written in the reference.
    names: HashMap<String, String>,
    taken: HashSet<String>,
    waiting: Vec<(String, &'d Value)>,
    definitions: Definitions,
    left: usize,
}

impl<'d> Normal<'d> {
    pub(super) fn new(document: &'d Document, direction: Direction) -> Self {
        Self {
            document,
            direction,
            names: HashMap::new(),
            taken: HashSet::new(),
            waiting: Vec::new(),
            definitions: Map::new(),
            left: SCHEMAS,
        }
    }

    /// The plain form of a schema.
    pub(super) fn schema(&mut self, schema: &'d Value) -> Value {
        self.plain(schema, 0)
    }

    /// What the schemas refer to; `None` when there was too much of it.
    pub(super) fn finish(mut self) -> Option<Definitions> {
        while let Some((name, schema)) = self.waiting.pop() {
            let plain = self.plain(schema, 0);
            self.definitions.insert(name, plain);
        }
        let is_bounded = self.left > 0
            && self.definitions.len() <= DEFINITIONS
            && circles::open(&mut self.definitions);
        is_bounded.then_some(self.definitions)
    }

    fn plain(&mut self, schema: &'d Value, depth: usize) -> Value {
        let Value::Object(members) = schema else {
            return json!(schema.as_bool().unwrap_or(true));
        };
        self.left = self.left.saturating_sub(1);
        if depth > DEPTH || self.left == 0 {
            self.left = 0;
            return json!(true);
        }
        let mut plain = Map::new();
        let reference = reference_of(schema).and_then(|reference| self.reference(reference));
        // until 3.0 nothing beside a reference counts
        let is_alone =
            reference_of(schema).is_some() && self.document.version() <= Version::OpenApi30;
        if let Some(name) = &reference {
            plain.insert("$ref".to_owned(), json!(format!("#/$defs/{name}")));
        }
        if !is_alone {
            for (keyword, value) in members {
                if let Some(value) = self.keyword(keyword, value, members, depth) {
                    plain.insert(keyword.clone(), value);
                }
            }
        }
        if flag(schema, "nullable") {
            return nullable(plain);
        }
        Value::Object(plain)
    }

    /// A keyword's value in the plain form; `None` for one that checks nothing or cannot be understood.
    fn keyword(
        &mut self,
        keyword: &str,
        value: &'d Value,
        members: &'d Map<String, Value>,
        depth: usize,
    ) -> Option<Value> {
        match keyword {
            "type" => types(value),
            "enum" => value
                .as_array()
                .filter(|list| !list.is_empty())
                .map(|_| value.clone()),
            "const" => Some(value.clone()),
            "minimum" | "maximum" => {
                let exclusive = match keyword {
                    "minimum" => "exclusiveMinimum",
                    _ => "exclusiveMaximum",
                };
                let is_exclusive = members.get(exclusive) == Some(&Value::Bool(true));
                value
                    .is_number()
                    .then(|| value.clone())
                    .filter(|_| !is_exclusive)
            }
            "exclusiveMinimum" | "exclusiveMaximum" => match value {
                Value::Number(_) => Some(value.clone()),
                Value::Bool(true) => {
                    let bound = match keyword {
                        "exclusiveMinimum" => "minimum",
                        _ => "maximum",
                    };
                    members
                        .get(bound)
                        .filter(|bound| bound.is_number())
                        .cloned()
                }
                _ => None,
            },
            "multipleOf" => value
                .as_f64()
                .filter(|step| *step > 0.0)
                .map(|_| value.clone()),
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties"
            | "maxProperties" | "minContains" | "maxContains" => {
                value.as_u64().map(|count| json!(count))
            }
            "pattern" | "format" => value.is_string().then(|| value.clone()),
            "uniqueItems" => value.is_boolean().then(|| value.clone()),
            "required" => self.required(value, members),
            "properties" | "patternProperties" | "dependentSchemas" => {
                let named = value.as_object()?.iter();
                let plain =
                    named.map(|(name, schema)| (name.clone(), self.plain(schema, depth + 1)));
                Some(Value::Object(plain.collect()))
            }
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
                let list = value.as_array().filter(|list| !list.is_empty())?;
                let plain: Vec<Value> = list
                    .iter()
                    .map(|schema| self.plain(schema, depth + 1))
                    .collect();
                Some(Value::Array(plain))
            }
            "items"
            | "additionalProperties"
            | "not"
            | "contains"
            | "propertyNames"
            | "if"
            | "then"
            | "else"
            | "unevaluatedItems"
            | "unevaluatedProperties" => {
                let is_schema = value.is_object() || value.is_boolean();
                is_schema.then(|| self.plain(value, depth + 1))
            }
            "dependentRequired" => {
                let named = value.as_object()?;
                let is_fine = named.values().all(|names| {
                    names
                        .as_array()
                        .is_some_and(|names| names.iter().all(Value::is_string))
                });
                is_fine.then(|| value.clone())
            }
            _ => None,
        }
    }

    /// Names that must be there, without those that only go the other way.
    fn required(&self, value: &'d Value, members: &'d Map<String, Value>) -> Option<Value> {
        let names = value.as_array()?.iter().filter_map(Value::as_str);
        let mut kept: Vec<&str> = Vec::new();
        for name in names {
            if !kept.contains(&name) && !self.goes_the_other_way(name, members) {
                kept.push(name);
            }
        }
        (!kept.is_empty()).then(|| json!(kept))
    }

    fn goes_the_other_way(&self, name: &str, members: &'d Map<String, Value>) -> bool {
        let keyword = match self.direction {
            Direction::Request => "readOnly",
            Direction::Response => "writeOnly",
        };
        let says = |owner: &Map<String, Value>| {
            let property = owner.get("properties").and_then(|all| all.get(name));
            property.is_some_and(|property| {
                flag(property, keyword)
                    || self
                        .document
                        .resolve(property)
                        .is_some_and(|schema| flag(schema, keyword))
            })
        };
        let parts = members.get("allOf").and_then(Value::as_array);
        says(members)
            || parts.into_iter().flatten().any(|part| {
                let part = self.document.resolve(part).and_then(Value::as_object);
                part.is_some_and(says)
            })
    }

    /// The name of the definition that a reference leads to; `None` when it leads nowhere within the document.
    fn reference(&mut self, reference: &str) -> Option<String> {
        if let Some(name) = self.names.get(reference) {
            return Some(name.clone());
        }
        let pointer = crate::pointer::of_local_reference(reference)?;
        let target = self.document.root().pointer(&pointer)?;
        let last = reference.rsplit('/').next().unwrap_or_default();
        let clean: String = last
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || "-_.".contains(c) {
                    c
                } else {
                    '_'
                }
            })
            .take(80)
            .collect();
        let mut name = clean.clone();
        let mut count = 1;
        while !self.taken.insert(name.clone()) {
            count += 1;
            name = format!("{clean}.{count}");
        }
        self.names.insert(reference.to_owned(), name.clone());
        self.waiting.push((name.clone(), target));
        Some(name)
    }
}

/// The types that JSON has; `None` when none of them is named.
fn types(value: &Value) -> Option<Value> {
    const KNOWN: [&str; 7] = [
        "null", "boolean", "object", "array", "number", "string", "integer",
    ];
    match value {
        Value::String(name) => KNOWN.contains(&name.as_str()).then(|| value.clone()),
        Value::Array(names) => {
            let all_known = names
                .iter()
                .all(|name| name.as_str().is_some_and(|name| KNOWN.contains(&name)));
            let unique: HashSet<&str> = names.iter().filter_map(Value::as_str).collect();
            (all_known && !names.is_empty() && unique.len() == names.len()).then(|| value.clone())
        }
        _ => None,
    }
}

/// The schema, or null.
fn nullable(mut plain: Map<String, Value>) -> Value {
    let simple = plain.get("type").and_then(Value::as_str).map(str::to_owned);
    let has_more = ["$ref", "allOf", "anyOf", "oneOf", "not", "const"]
        .iter()
        .any(|keyword| plain.contains_key(*keyword));
    match simple {
        Some(name) if !has_more && name != "null" => {
            plain.insert("type".to_owned(), json!([name, "null"]));
            if let Some(Value::Array(values)) = plain.get_mut("enum")
                && !values.contains(&Value::Null)
            {
                values.push(Value::Null);
            }
            Value::Object(plain)
        }
        _ => json!({ "anyOf": [plain, { "type": "null" }] }),
    }
}

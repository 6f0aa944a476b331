//! Texts of parameters and forms as the values that their schemas speak of.

use std::collections::HashMap;

use openapi::contract::{Definitions, Style};
use serde_json::{Map, Number, Value};

/// References that are followed one after the other.
const HOPS: usize = 16;

/// What a schema says about types: enough to read a text.
#[derive(Debug, Clone, Default)]
pub(super) struct Types {
    names: Vec<String>,
    items: Option<Box<Types>>,
    members: HashMap<String, Types>,
}

/// What a schema says about types, with what it takes in by `allOf` and the like.
pub(super) fn types_of(schema: &Value, definitions: &Definitions) -> Types {
    let mut types = Types::default();
    gather(schema, definitions, &mut types, HOPS, true);
    types
}

fn gather(schema: &Value, definitions: &Definitions, types: &mut Types, hops: usize, deep: bool) {
    let (Some(hops), Value::Object(members)) = (hops.checked_sub(1), schema) else {
        return;
    };
    let target = members.get("$ref").and_then(Value::as_str);
    let name = target.and_then(|target| target.strip_prefix("#/$defs/"));
    if let Some(definition) = name.and_then(|name| definitions.get(name)) {
        gather(definition, definitions, types, hops, deep);
    }
    match members.get("type") {
        Some(Value::String(name)) => types.names.push(name.clone()),
        Some(Value::Array(names)) => {
            let names = names.iter().filter_map(Value::as_str);
            types.names.extend(names.map(str::to_owned));
        }
        _ => {}
    }
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let parts = members.get(keyword).and_then(Value::as_array);
        for part in parts.into_iter().flatten() {
            gather(part, definitions, types, hops, deep);
        }
    }
    // values of parameters and forms are at most two deep
    if !deep {
        return;
    }
    if let Some(items) = members.get("items") {
        let mut found = Types::default();
        gather(items, definitions, &mut found, hops, false);
        types.items = Some(Box::new(found));
    }
    let properties = members.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        let mut found = Types::default();
        gather(property, definitions, &mut found, hops, false);
        if let Some(Value::Object(members)) = Some(property)
            && let Some(items) = members.get("items")
        {
            let mut of_items = Types::default();
            gather(items, definitions, &mut of_items, hops, false);
            found.items = Some(Box::new(of_items));
        }
        types.members.insert(name.clone(), found);
    }
}

impl Types {
    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    pub(super) fn is_list(&self) -> bool {
        self.has("array")
    }

    pub(super) fn is_object(&self) -> bool {
        self.has("object")
    }

    /// A single text as a value: as one of the types where it can be one, else as text.
    pub(super) fn scalar(&self, text: &str) -> Value {
        let number = || {
            let is_plain = text
                .bytes()
                .all(|b| b.is_ascii_digit() || b"-+.eE".contains(&b));
            let number = is_plain.then(|| serde_json::from_str::<Number>(text).ok());
            number.flatten().map(Value::Number)
        };
        if (self.has("integer") || self.has("number"))
            && let Some(number) = number()
        {
            return number;
        }
        if self.has("boolean") && matches!(text, "true" | "false") {
            return Value::Bool(text == "true");
        }
        if self.has("null") && text.is_empty() && !self.has("string") {
            return Value::Null;
        }
        Value::String(text.to_owned())
    }

    fn items(&self, texts: impl IntoIterator<Item = impl AsRef<str>>) -> Value {
        let none = Self::default();
        let items = self.items.as_deref().unwrap_or(&none);
        let values = texts.into_iter().map(|text| items.scalar(text.as_ref()));
        Value::Array(values.collect())
    }

    /// The value of a parameter; `None` when it is written in a way that is not read.
    pub(super) fn value(&self, texts: &[String], style: Style, explode: bool) -> Option<Value> {
        let first = texts.first()?;
        match style {
            Style::Other => None,
            Style::Json => {
                Some(serde_json::from_str(first).unwrap_or(Value::String(first.clone())))
            }
            _ if self.is_list() => {
                let separator = match style {
                    Style::SpaceDelimited => ' ',
                    Style::PipeDelimited => '|',
                    _ => ',',
                };
                if style != Style::Simple && explode || texts.len() > 1 {
                    return Some(self.items(texts));
                }
                if first.is_empty() {
                    return Some(Value::Array(Vec::new()));
                }
                Some(self.items(first.split(separator)))
            }
            _ if self.is_object() => None,
            _ => Some(self.scalar(first)),
        }
    }

    /// A form, or the members of a parameter, as an object: what is there more than once is a list.
    pub(super) fn object(&self, pairs: &[(String, String)]) -> Value {
        let mut object = Map::new();
        let none = Self::default();
        for (name, _) in pairs {
            if object.contains_key(name) {
                continue;
            }
            let texts = pairs.iter().filter(|(other, _)| other == name);
            let texts: Vec<&String> = texts.map(|(_, text)| text).collect();
            let types = self.members.get(name).unwrap_or(&none);
            let value = match texts.as_slice() {
                [text] if !types.is_list() => types.scalar(text),
                texts => types.items(texts),
            };
            object.insert(name.clone(), value);
        }
        Value::Object(object)
    }
}

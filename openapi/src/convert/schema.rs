//! Schemas: references renamed, and what was spelled otherwise.

use serde_json::{Map, Value, json};

use super::references;

/// The 3.x form of a schema.
pub(super) fn convert(schema: &Value) -> Value {
    let Value::Object(members) = schema else {
        return schema.clone();
    };
    let mut converted = Map::new();
    for (name, value) in members {
        let value = match (name.as_str(), value) {
            ("$ref", Value::String(reference)) => json!(references::convert(reference)),
            ("properties" | "patternProperties" | "definitions", Value::Object(named)) => named
                .iter()
                .map(|(name, schema)| (name.clone(), convert(schema)))
                .collect(),
            ("allOf" | "anyOf" | "oneOf", Value::Array(list)) => list.iter().map(convert).collect(),
            ("items", Value::Array(list)) => list.first().map_or(json!({}), convert),
            ("items" | "additionalProperties" | "not", schema) => convert(schema),
            ("discriminator", Value::String(property)) => json!({ "propertyName": property }),
            ("type", Value::String(kind)) if kind == "file" => json!("string"),
            _ => value.clone(),
        };
        match name.as_str() {
            "x-nullable" => converted.insert("nullable".to_owned(), value),
            _ => converted.insert(name.clone(), value),
        };
    }
    if members.get("type").and_then(Value::as_str) == Some("file") {
        converted.insert("format".to_owned(), json!("binary"));
    }
    Value::Object(converted)
}

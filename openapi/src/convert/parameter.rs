//! Parameters: their type moves into a schema.

use serde_json::{Map, Value, json};

use super::{references, schema};

/// Members that stay at the parameter; all others describe its value.
const OWN: [&str; 8] = [
    "name",
    "in",
    "description",
    "required",
    "deprecated",
    "allowEmptyValue",
    "example",
    "collectionFormat",
];

/// The 3.x form of a parameter that is neither body nor form field.
pub(super) fn convert(parameter: &Value) -> Value {
    let Value::Object(members) = parameter else {
        return parameter.clone();
    };
    if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
        return json!({ "$ref": references::convert(reference) });
    }
    let mut converted: Map<String, Value> = members
        .iter()
        .filter(|(name, _)| {
            OWN[..7].contains(&name.as_str()) || (name.starts_with("x-") && *name != "x-nullable")
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let place = members
        .get("in")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if let Some(format) = members.get("collectionFormat").and_then(Value::as_str) {
        let (style, explode) = match (format, place) {
            ("multi", _) => ("form", true),
            ("ssv", "query") => ("spaceDelimited", false),
            ("pipes", "query") => ("pipeDelimited", false),
            (_, "path" | "header") => ("simple", false),
            _ => ("form", false),
        };
        converted.insert("style".to_owned(), json!(style));
        converted.insert("explode".to_owned(), json!(explode));
    } else if place == "query" && members.get("type").and_then(Value::as_str) == Some("array") {
        converted.insert("style".to_owned(), json!("form"));
        converted.insert("explode".to_owned(), json!(false));
    }
    converted.insert("schema".to_owned(), value_schema(members));
    Value::Object(converted)
}

/// The schema of a parameter's or header's value.
pub(super) fn value_schema(members: &Map<String, Value>) -> Value {
    let about_value: Map<String, Value> = members
        .iter()
        .filter(|(name, _)| {
            !OWN.contains(&name.as_str()) && (!name.starts_with("x-") || *name == "x-nullable")
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    schema::convert(&Value::Object(about_value))
}

//! Request bodies and responses: their schema moves below media types.

use serde_json::{Map, Value, json};

use super::parameter::value_schema;
use super::{references, schema};
use crate::document::{flag, text};

const JSON: &str = "application/json";

/// The request body that a parameter `in: body` becomes.
pub(super) fn from_parameter(parameter: &Value, consumes: &[String]) -> Value {
    let mut media = Map::new();
    if let Some(value) = parameter.get("schema") {
        media.insert("schema".to_owned(), schema::convert(value));
    }
    let content: Map<String, Value> = if consumes.is_empty() {
        [(JSON.to_owned(), Value::Object(media))]
            .into_iter()
            .collect()
    } else {
        consumes
            .iter()
            .map(|kind| (kind.clone(), Value::Object(media.clone())))
            .collect()
    };
    let mut body = json!({ "content": content, "required": flag(parameter, "required") });
    if let Some(description) = text(parameter, "description") {
        body["description"] = json!(description);
    }
    body
}

/// The request body that parameters `in: formData` become.
pub(super) fn from_fields(fields: &[&Value], consumes: &[String]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    let mut has_file = false;
    for field in fields {
        let (Some(name), Some(members)) = (text(field, "name"), field.as_object()) else {
            continue;
        };
        has_file |= text(field, "type") == Some("file");
        let mut value = value_schema(members);
        if let Some(description) = text(field, "description") {
            value["description"] = json!(description);
        }
        if flag(field, "required") {
            required.push(json!(name));
        }
        properties.insert(name.to_owned(), value);
    }
    let mut form = json!({ "type": "object", "properties": properties });
    let must = !required.is_empty();
    if must {
        form["required"] = Value::Array(required);
    }
    let mut kinds: Vec<&str> = consumes
        .iter()
        .map(String::as_str)
        .filter(|kind| kind.contains("form"))
        .collect();
    if kinds.is_empty() {
        kinds = vec![if has_file {
            "multipart/form-data"
        } else {
            "application/x-www-form-urlencoded"
        }];
    }
    let content: Map<String, Value> = kinds
        .into_iter()
        .map(|kind| (kind.to_owned(), json!({ "schema": form })))
        .collect();
    json!({ "content": content, "required": must })
}

/// The 3.x form of a response.
pub(super) fn response(response: &Value, produces: &[String]) -> Value {
    let Value::Object(members) = response else {
        return response.clone();
    };
    if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
        return json!({ "$ref": references::convert(reference) });
    }
    let mut converted = Map::new();
    let examples = members.get("examples").and_then(Value::as_object);
    let mut content = Map::new();
    if let Some(value) = members.get("schema") {
        let value = schema::convert(value);
        let default = [JSON.to_owned()];
        for kind in if produces.is_empty() {
            &default[..]
        } else {
            produces
        } {
            content.insert(kind.clone(), json!({ "schema": value }));
        }
    }
    for (kind, example) in examples.into_iter().flatten() {
        let media = content.entry(kind.clone()).or_insert_with(|| json!({}));
        media["example"] = example.clone();
    }
    for (name, value) in members {
        match name.as_str() {
            "schema" | "examples" => {}
            "headers" => {
                converted.insert(name.clone(), headers(value));
            }
            _ => {
                converted.insert(name.clone(), value.clone());
            }
        }
    }
    if !content.is_empty() {
        converted.insert("content".to_owned(), Value::Object(content));
    }
    Value::Object(converted)
}

fn headers(headers: &Value) -> Value {
    let headers = headers.as_object().into_iter().flatten();
    headers
        .filter_map(|(name, header)| {
            let members = header.as_object()?;
            let mut converted = json!({ "schema": value_schema(members) });
            if let Some(description) = text(header, "description") {
                converted["description"] = json!(description);
            }
            Some((name.clone(), converted))
        })
        .collect()
}

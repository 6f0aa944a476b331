//! What the request of a sample sends, from the body that its page describes.

use serde_json::Value;

use super::request::{Body, FILE, Field, FieldValue, one_line};
use crate::reference::{Content, OperationPage};
use crate::schema::{SchemaNode, in_words};

/// The body of an operation: its first example, in the media type that is easiest to write.
pub(super) fn of(page: &OperationPage) -> Body {
    let Some(body) = &page.request_body else {
        return Body::Empty;
    };
    let contents = &body.contents;
    let Some(content) = content(contents) else {
        return Body::Empty;
    };
    let original = original(content, contents);
    let schema = content
        .schema
        .as_ref()
        .or_else(|| original?.schema.as_ref());
    let example = content
        .examples
        .first()
        .or_else(|| original?.examples.first())
        .map(|example| &example.value);
    let media_type = one_line(&content.media_type);
    match (rank(content), example) {
        (0, example) => {
            let media_type = if media_type.contains('*') {
                "application/json".to_owned()
            } else {
                media_type
            };
            Body::Json(
                media_type,
                example
                    .cloned()
                    .unwrap_or(Value::Object(serde_json::Map::new())),
            )
        }
        (1, example) => Body::Form(
            members(example)
                .map(|(name, value)| (name.clone(), in_words(value)))
                .collect(),
        ),
        (2, example) => Body::Multipart(
            members(example)
                .map(|(name, value)| field(name, value, schema))
                .collect(),
        ),
        (_, Some(Value::String(text))) if text != "(file)" => Body::Text(media_type, text.clone()),
        (_, Some(value @ (Value::Object(_) | Value::Array(_)))) => {
            Body::Text(media_type, value.to_string())
        }
        _ => Body::File(if media_type.contains('*') {
            "application/octet-stream".to_owned()
        } else {
            media_type
        }),
    }
}

/// The media type that is easiest to write.
pub(super) fn content(contents: &[Content]) -> Option<&Content> {
    contents.iter().min_by_key(|content| rank(content))
}

/// What a content is the same as.
pub(super) fn original<'c>(content: &Content, contents: &'c [Content]) -> Option<&'c Content> {
    let same = content.same_as.as_ref()?;
    contents.iter().find(|other| other.media_type == *same)
}

fn rank(content: &Content) -> u8 {
    match content.media_type.as_str() {
        kind if is_json(kind) => 0,
        kind if kind.starts_with("application/x-www-form") => 1,
        kind if kind.starts_with("multipart/") => 2,
        _ => 3,
    }
}

fn members(example: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    example.and_then(Value::as_object).into_iter().flatten()
}

fn field(name: &str, value: &Value, schema: Option<&SchemaNode>) -> Field {
    let schema = schema.and_then(|schema| {
        schema
            .properties
            .iter()
            .find(|property| property.name == name)
    });
    let is_binary = |schema: &SchemaNode| {
        schema.format.as_deref() == Some("binary")
            || schema
                .limits
                .iter()
                .any(|limit| limit.starts_with("holds "))
    };
    let is_file = schema.is_some_and(|property| {
        is_binary(&property.schema) || property.schema.items.as_deref().is_some_and(is_binary)
    });
    let value = if is_file {
        FieldValue::File(FILE.to_owned())
    } else {
        FieldValue::Text(in_words(value))
    };
    Field {
        name: name.to_owned(),
        value,
    }
}

pub(super) fn is_json(media_type: &str) -> bool {
    let kind = media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    kind == "application/json" || kind == "text/json" || kind == "*/*" || kind.ends_with("+json")
}

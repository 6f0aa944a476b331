//! An example value for a schema: what its author gives, else what its type and format suggest.

use serde_json::{Map, Number, Value, json};

use crate::document::Document;
use crate::schema::{Parts, Problem, expand};

/// Which way a value goes: some members are only read, some only written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the caller: members that are `readOnly` are left out.
    Request,
    /// To the caller: members that are `writeOnly` are left out.
    Response,
}

/// Levels inside each other.
const DEPTH: usize = 7;
/// Values in all.
const VALUES: usize = 250;
/// Largest example taken from the document, in bytes as JSON.
const EXAMPLE: usize = 12_000;

/// An example of a schema's values. It is bounded, and ends where a schema contains itself.
pub fn value(document: &Document, schema: &Value, direction: Direction) -> Value {
    let mut maker = Maker {
        document,
        direction,
        above: Vec::new(),
        left: VALUES,
    };
    maker.make(&[schema], 0).unwrap_or(Value::Null)
}

/// An example that its author gave, cut to a size that a page can show.
pub(crate) fn bounded(value: &Value) -> Value {
    if crate::schema::value_weight(value) <= EXAMPLE {
        return value.clone();
    }
    cut(value, 0)
}

fn cut(value: &Value, depth: usize) -> Value {
    match value {
        Value::String(text) => Value::String(crate::schema::shorten(text, 300)),
        Value::Array(_) | Value::Object(_) if depth >= 4 => Value::Null,
        Value::Array(items) => items
            .iter()
            .take(2)
            .map(|item| cut(item, depth + 1))
            .collect(),
        Value::Object(map) => map
            .iter()
            .take(40)
            .map(|(name, value)| (name.clone(), cut(value, depth + 1)))
            .collect(),
        other => other.clone(),
    }
}

struct Maker<'d> {
    document: &'d Document,
    direction: Direction,
    above: Vec<&'d str>,
    left: usize,
}

impl<'d> Maker<'d> {
    /// `None` where the schema contains itself or the bounds are reached.
    fn make(&mut self, schemas: &[&'d Value], depth: usize) -> Option<Value> {
        self.left = self.left.checked_sub(1)?;
        if depth > DEPTH {
            return None;
        }
        let parts = expand(self.document, schemas, &|reference| {
            self.above.contains(&reference)
        });
        if matches!(parts.problem, Some(Problem::Recursive(_))) {
            return None;
        }
        if let Some(given) = given(&parts) {
            return Some(bounded(given));
        }
        let above = self.above.len();
        self.above.extend(&parts.references);
        let made = self.by_type(&parts, depth);
        self.above.truncate(above);
        made
    }

    fn by_type(&mut self, parts: &Parts<'d>, depth: usize) -> Option<Value> {
        let alternatives = parts.alternatives();
        let chosen = alternatives.first().and_then(|(_, _, options)| {
            options
                .iter()
                .find_map(|option| self.make(&[option], depth))
        });
        let types = parts.types();
        match types.first().copied() {
            Some("object") => {
                let mut object = self.object(parts, depth);
                if let Some(Value::Object(more)) = chosen {
                    object.extend(more);
                }
                Some(Value::Object(object))
            }
            _ if chosen.as_ref().is_some_and(|value| !value.is_null()) => chosen,
            Some("array") => Some(self.list(parts, depth)),
            Some("string") => Some(string(parts)),
            Some("integer") => Some(integer(parts)),
            Some("number") => Some(number(parts)),
            Some("boolean") => Some(json!(true)),
            _ if parts.nullable || parts.maps.is_empty() => Some(Value::Null),
            _ => Some(json!({})),
        }
    }

    fn object(&mut self, parts: &Parts<'d>, depth: usize) -> Map<String, Value> {
        let required = parts.required();
        let mut object = Map::new();
        for (name, schemas) in parts.properties() {
            let must = required.contains(name);
            let hidden = match self.direction {
                Direction::Request => "readOnly",
                Direction::Response => "writeOnly",
            };
            let says = |keyword: &str| {
                schemas
                    .iter()
                    .any(|schema| schema.get(keyword) == Some(&Value::Bool(true)))
            };
            if says(hidden) || (!must && says("deprecated")) {
                continue;
            }
            match self.make(&schemas, depth + 1) {
                Some(value) => {
                    object.insert(name.to_owned(), value);
                }
                None if must => {
                    object.insert(name.to_owned(), Value::Null);
                }
                None => {}
            }
        }
        if object.is_empty()
            && let Some(schema @ Value::Object(_)) = parts.first("additionalProperties")
            && let Some(value) = self.make(&[schema], depth + 1)
        {
            object.insert("key".to_owned(), value);
        }
        object
    }

    fn list(&mut self, parts: &Parts<'d>, depth: usize) -> Value {
        if let Some(places) = parts.first("prefixItems").and_then(Value::as_array) {
            return places
                .iter()
                .take(10)
                .filter_map(|place| self.make(&[place], depth + 1))
                .collect();
        }
        let items: Vec<&Value> = parts
            .maps
            .iter()
            .filter_map(|map| map.get("items"))
            .collect();
        if items.is_empty() {
            return json!([]);
        }
        self.make(&items, depth + 1).into_iter().collect()
    }
}

/// What the author gives: example, constant, default, or the first value of an enumeration.
fn given<'d>(parts: &Parts<'d>) -> Option<&'d Value> {
    let examples = parts.first("examples").and_then(|examples| match examples {
        Value::Array(list) => list.first(),
        _ => None,
    });
    let value = parts
        .first("example")
        .or(examples)
        .or_else(|| parts.first("const"));
    value
        .or_else(|| parts.first("default").filter(|value| !value.is_null()))
        .or_else(|| {
            let values = parts.first("enum")?.as_array()?;
            values.iter().find(|value| !value.is_null())
        })
}

fn string(parts: &Parts<'_>) -> Value {
    let text = match parts.text("format").unwrap_or_default() {
        "date-time" => "2026-01-15T09:30:00Z",
        "date" => "2026-01-15",
        "time" => "09:30:00Z",
        "duration" => "PT15M",
        "email" | "idn-email" => "person@example.com",
        "uuid" => "3f2b8c1e-5d4a-4e6b-9f70-1a2b3c4d5e6f",
        "uri" | "url" | "iri" | "uri-reference" => "https://example.com",
        "hostname" => "example.com",
        "ipv4" | "ip" => "192.0.2.1",
        "ipv6" => "2001:db8::1",
        "byte" | "base64" => "aGVsbG8=",
        "binary" => "(file)",
        "password" => "correct horse battery",
        "decimal" => "12.50",
        "int64" | "int32" => "1",
        _ => "string",
    };
    let length = |name: &str| {
        parts
            .first(name)
            .and_then(Value::as_u64)
            .and_then(|n| usize::try_from(n).ok())
    };
    let mut text = text.to_owned();
    if parts.text("format").is_none() {
        if let Some(least) = length("minLength").filter(|least| *least <= 64 && *least > text.len())
        {
            text = text.chars().cycle().take(least).collect();
        }
        if let Some(most) = length("maxLength").filter(|most| *most < text.len()) {
            text.truncate(most);
        }
    }
    Value::String(text)
}

fn integer(parts: &Parts<'_>) -> Value {
    let limit = |name: &str| parts.first(name).and_then(Value::as_i64);
    let low = limit("exclusiveMinimum")
        .map(|low| low.saturating_add(1))
        .or_else(|| limit("minimum"));
    let high = limit("exclusiveMaximum")
        .map(|high| high.saturating_sub(1))
        .or_else(|| limit("maximum"));
    let step = limit("multipleOf").filter(|step| *step > 0).unwrap_or(1);
    let value = step.max(low.unwrap_or(step));
    let value = value
        .checked_add((step - value.rem_euclid(step)) % step)
        .unwrap_or(value);
    json!(high.map_or(value, |high| value.min(high)))
}

fn number(parts: &Parts<'_>) -> Value {
    let limit = |name: &str| parts.first(name).and_then(Value::as_f64);
    let low = limit("minimum").or_else(|| limit("exclusiveMinimum"));
    let high = limit("maximum").or_else(|| limit("exclusiveMaximum"));
    let value = match (low, high) {
        (Some(low), Some(high)) if !(low..=high).contains(&1.5) => low + (high - low) / 2.0,
        (Some(low), None) if low > 1.5 => low + 1.0,
        (None, Some(high)) if high < 1.5 => high - 1.0,
        _ => 1.5,
    };
    Number::from_f64(value).map_or(json!(1.5), Value::Number)
}

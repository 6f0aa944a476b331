//! A form drawn from a policy's JSON Schema, and the configuration that a filled-in form means.
//!
//! Fields are named by their path below `config`: `config/limits/0/requests`, which is also how flaws are reported.

use serde_json::{Map, Value};

use crate::form::Form;
use crate::parts::{Choice, Field, Kind};

/// Rows of an array that stay empty for new entries.
const SPARE: usize = 1;
/// The deepest nesting that gets a form.
const DEEPEST: usize = 4;

/// Writes a configuration into a form.
pub(crate) fn fill(form: &mut Form, path: &str, value: &Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                fill(form, &format!("{path}/{name}"), value);
            }
        }
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let lines: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            form.set(path, lines.join("\n"));
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                fill(form, &format!("{path}/{n}"), item);
            }
        }
        Value::String(text) => form.set(path, text.clone()),
        Value::Null => {}
        other => form.set(path, other.to_string()),
    }
}

/// Writes a configuration into a form, with the defaults of what it leaves out: an empty list or box would mean another thing.
pub(crate) fn begin(form: &mut Form, root: &Value, config: &Value) {
    for (name, property) in properties(root) {
        if config.get(name).is_none()
            && let Some(default @ (Value::Bool(_) | Value::Array(_))) = property.get("default")
        {
            fill(form, &format!("config/{name}"), default);
        }
    }
    fill(form, "config", config);
}

/// The fields for a schema. `None` when something in it has no control; then only the JSON can be edited.
pub(crate) fn fields(form: &Form, root: &Value) -> Option<Vec<Field>> {
    let mut out = Vec::new();
    object(form, root, root, "config", "", 0, &mut out)?;
    Some(out)
}

/// The configuration that a form means.
pub(crate) fn read(form: &Form, root: &Value) -> Option<Value> {
    read_object(form, root, root, "config", 0)
        .map(|config| config.unwrap_or_default())
        .map(Value::Object)
}

/// How a value of a schema is asked for.
enum Shape<'a> {
    Text,
    Whole,
    Yes,
    One(Vec<Choice>),
    Lines,
    Rows(&'a Value),
    Object(&'a Value),
}

fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    for _ in 0..8 {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str)
            && let Some(target) = reference
                .strip_prefix('#')
                .and_then(|pointer| root.pointer(pointer))
        {
            schema = target;
            continue;
        }
        // What may be left out is `anyOf: [it, null]`.
        let either = schema.get("anyOf").or_else(|| schema.get("allOf"));
        if let Some(Value::Array(parts)) = either {
            let mut real = parts
                .iter()
                .filter(|part| part.get("type").and_then(Value::as_str) != Some("null"));
            if let (Some(only), None) = (real.next(), real.next()) {
                schema = only;
                continue;
            }
        }
        break;
    }
    schema
}

fn words(schema: &Value) -> Option<Vec<Choice>> {
    let choice = |value: &Value, hint: &str| {
        value
            .as_str()
            .map(|word| Choice::new(word, word.replace('_', " ")).hint(hint))
    };
    if let Some(Value::Array(values)) = schema.get("enum") {
        return values
            .iter()
            .filter(|value| !value.is_null())
            .map(|value| choice(value, ""))
            .collect();
    }
    let Some(Value::Array(parts)) = schema.get("oneOf") else {
        return schema
            .get("const")
            .and_then(|value| choice(value, ""))
            .map(|one| vec![one]);
    };
    let mut out = Vec::new();
    for part in parts {
        let hint = part
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if let Some(value) = part.get("const") {
            out.push(choice(value, hint)?);
        } else {
            out.extend(words(part)?);
        }
    }
    Some(out)
}

fn shape<'a>(root: &'a Value, schema: &'a Value) -> Option<Shape<'a>> {
    let schema = resolve(root, schema);
    if let Some(choices) = words(schema) {
        return Some(Shape::One(choices));
    }
    let kind = match schema.get("type")? {
        Value::String(kind) => kind.as_str(),
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null")?,
        _ => return None,
    };
    match kind {
        "string" => Some(Shape::Text),
        "integer" => Some(Shape::Whole),
        "boolean" => Some(Shape::Yes),
        "array" => {
            let items = resolve(root, schema.get("items")?);
            match shape(root, items)? {
                Shape::Text | Shape::One(_) => Some(Shape::Lines),
                Shape::Object(_) => Some(Shape::Rows(items)),
                _ => None,
            }
        }
        "object" if schema.get("properties").is_some() => Some(Shape::Object(schema)),
        _ => None,
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

fn object(
    form: &Form,
    root: &Value,
    schema: &Value,
    path: &str,
    before: &str,
    depth: usize,
    out: &mut Vec<Field>,
) -> Option<()> {
    if depth > DEEPEST {
        return None;
    }
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (name, property) in properties(schema) {
        let path = format!("{path}/{name}");
        let label = format!("{before}{}", name.replace('_', " "));
        let hint = property
            .get("description")
            .or_else(|| resolve(root, property).get("description"))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .replace('`', "");
        let kind = match shape(root, property)? {
            Shape::Text => Kind::Text,
            Shape::Whole => Kind::Number,
            Shape::Yes => Kind::Checkbox,
            Shape::Lines => Kind::Area(3),
            Shape::One(mut choices) => {
                if !required.contains(&name.as_str()) {
                    choices.insert(0, Choice::new("", default_of(property)));
                }
                Kind::Select(choices)
            }
            Shape::Object(inner) => {
                object(
                    form,
                    root,
                    inner,
                    &path,
                    &format!("{label}: "),
                    depth + 1,
                    out,
                )?;
                continue;
            }
            Shape::Rows(item) => {
                for n in 0..form.rows(&path) + SPARE {
                    let before = format!("{label} {}: ", n + 1);
                    object(
                        form,
                        root,
                        item,
                        &format!("{path}/{n}"),
                        &before,
                        depth + 1,
                        out,
                    )?;
                }
                continue;
            }
        };
        let hint = if kind == Kind::Area(3) {
            format!("{hint} One a line.")
        } else {
            hint
        };
        let mut field = form
            .field(kind.clone(), &path, &sentence_case(&label))
            .hint(hint.trim().to_owned());
        if !required.contains(&name.as_str()) && kind != Kind::Checkbox {
            field = field.optional();
        }
        out.push(field);
    }
    Some(())
}

fn default_of(property: &Value) -> String {
    property.get("default").and_then(Value::as_str).map_or_else(
        || "as it is by default".to_owned(),
        |word| format!("{}, as by default", word.replace('_', " ")),
    )
}

fn sentence_case(label: &str) -> String {
    let mut letters = label.chars();
    letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect()
}

/// `Some(None)` for an object of which nothing was filled in.
#[expect(
    clippy::option_option,
    reason = "no form for it, nothing filled in, something filled in"
)]
fn read_object(
    form: &Form,
    root: &Value,
    schema: &Value,
    path: &str,
    depth: usize,
) -> Option<Option<Map<String, Value>>> {
    if depth > DEEPEST {
        return None;
    }
    let mut out = Map::new();
    let mut touched = depth == 0;
    for (name, property) in properties(schema) {
        let path = format!("{path}/{name}");
        let typed = form.some(&path);
        let value = match shape(root, property)? {
            Shape::Text | Shape::One(_) => typed.map(Value::String),
            // What is no number goes on as text, so that the flaw is told at its field.
            Shape::Whole => typed.map(|text| {
                let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
                plain
                    .parse::<i64>()
                    .map_or(Value::String(text), Value::from)
            }),
            Shape::Yes => {
                out.insert(name.clone(), Value::Bool(form.is(&path)));
                continue;
            }
            Shape::Lines => {
                let lines = form.lines(&path);
                let must = is_required(schema, name);
                (!lines.is_empty() || must || property.get("default").is_some())
                    .then(|| Value::from(lines))
            }
            Shape::Object(inner) => {
                read_object(form, root, inner, &path, depth + 1)?.map(Value::Object)
            }
            Shape::Rows(item) => {
                let mut items = Vec::new();
                for n in 0..form.rows(&path) {
                    let at = format!("{path}/{n}");
                    if let Some(row) = read_object(form, root, item, &at, depth + 1)? {
                        items.push(Value::Object(row));
                    }
                }
                (!items.is_empty() || is_required(schema, name)).then_some(Value::Array(items))
            }
        };
        if let Some(value) = value {
            touched = touched || !is_choice(root, property);
            out.insert(name.clone(), value);
        }
    }
    Some(touched.then_some(out))
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema
        .get("required")
        .and_then(Value::as_array)
        .is_some_and(|names| names.iter().any(|known| known == name))
}

/// A list always sends something: it does not tell that a row was filled in.
fn is_choice(root: &Value, schema: &Value) -> bool {
    matches!(shape(root, schema), Some(Shape::One(_)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_policy_survives_its_own_form() {
        let check = |kind: &str, config: Value| {
            let schema = gateway_policies::registry::schema(kind).unwrap();
            let mut form = Form::default();
            begin(&mut form, &schema, &config);
            assert!(fields(&form, &schema).is_some(), "{kind} has no form");
            let back = read(&form, &schema).unwrap();
            let flaws = gateway_policies::registry::validate(kind, &back);
            assert!(flaws.is_ok(), "{kind}: {back}");
        };
        check(
            "rate_limit",
            json!({ "limits": [{ "requests": 60, "window": "minute" }], "by": "subscription" }),
        );
        check("quota", json!({ "requests": 1000, "period": "month" }));
        check("cors", json!({ "origins": ["https://app.example.com"] }));
        check("key_auth", json!({}));
    }

    #[test]
    fn a_row_that_nobody_filled_in_is_left_out() {
        let schema = gateway_policies::registry::schema("rate_limit").unwrap();
        let mut form = Form::default();
        form.set("config/limits/0/requests", "60");
        form.set("config/limits/0/window", "minute");
        form.set("config/limits/1/window", "second");
        let config = read(&form, &schema).unwrap();
        assert_eq!(config["limits"].as_array().unwrap().len(), 1, "{config}");
    }
}

//! Path items and operations: parameters that are bodies leave the list.

use serde_json::{Map, Value, json};

use super::{Shared, body, media_types, parameter, references};
use crate::finding::Findings;
use crate::operations::METHODS;

/// The 3.x form of a path item.
pub(super) fn path_item(
    item: &Value,
    shared: &Shared,
    place: &str,
    findings: &mut Findings,
) -> Value {
    let Value::Object(members) = item else {
        return item.clone();
    };
    let inherited = parameters(item);
    let mut converted = Map::new();
    for (name, value) in members {
        let value = match name.as_str() {
            "$ref" => json!(value.as_str().map(references::convert)),
            "parameters" => plain(inherited, shared),
            method if METHODS.contains(&method) && value.is_object() => operation(
                value,
                inherited,
                shared,
                &format!("{place}/{method}"),
                findings,
            ),
            _ => value.clone(),
        };
        converted.insert(name.clone(), value);
    }
    Value::Object(converted)
}

fn parameters(value: &Value) -> &[Value] {
    crate::document::list(value, "parameters")
}

fn place_of<'v>(parameter: &'v Value, shared: &'v Shared) -> &'v str {
    let parameter = shared.parameter(parameter);
    parameter
        .and_then(|parameter| parameter.get("in"))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The parameters that stay parameters.
fn plain(list: &[Value], shared: &Shared) -> Value {
    list.iter()
        .filter(|item| !matches!(place_of(item, shared), "body" | "formData"))
        .map(parameter::convert)
        .collect()
}

fn operation(
    operation: &Value,
    inherited: &[Value],
    shared: &Shared,
    place: &str,
    findings: &mut Findings,
) -> Value {
    let consumes = media_types(operation, "consumes").unwrap_or_else(|| shared.consumes.clone());
    let produces = media_types(operation, "produces").unwrap_or_else(|| shared.produces.clone());
    let mut converted = Map::new();
    for (name, value) in operation.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("consumes" | "produces" | "schemes", _) => {}
            ("parameters", _) => {
                converted.insert(name.clone(), plain(parameters(operation), shared));
            }
            ("responses", Value::Object(responses)) => {
                let responses = responses
                    .iter()
                    .map(|(status, response)| (status.clone(), body::response(response, &produces)))
                    .collect();
                converted.insert(name.clone(), Value::Object(responses));
            }
            _ => {
                converted.insert(name.clone(), value.clone());
            }
        }
    }
    if let Some(body) = request_body(
        parameters(operation),
        inherited,
        shared,
        &consumes,
        place,
        findings,
    ) {
        converted.insert("requestBody".to_owned(), body);
    }
    Value::Object(converted)
}

fn request_body(
    own: &[Value],
    inherited: &[Value],
    shared: &Shared,
    consumes: &[String],
    place: &str,
    findings: &mut Findings,
) -> Option<Value> {
    let all = || own.iter().chain(inherited);
    let bodies: Vec<&Value> = all()
        .filter(|item| place_of(item, shared) == "body")
        .collect();
    let fields: Vec<&Value> = all()
        .filter(|item| place_of(item, shared) == "formData")
        .filter_map(|item| shared.parameter(item))
        .collect();
    if bodies.len() > 1 || (!bodies.is_empty() && !fields.is_empty()) {
        findings.warning(
            &format!("{place}/parameters"),
            "the operation describes more than one request body".to_owned(),
            "The first one is shown.",
        );
    }
    match bodies.first() {
        Some(value) => shared
            .parameter(value)
            .map(|value| body::from_parameter(value, consumes)),
        None if fields.is_empty() => None,
        None => Some(body::from_fields(&fields, consumes)),
    }
}

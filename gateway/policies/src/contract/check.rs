//! Checks parameters, bodies and headers, and names what is wrong by field.

use std::collections::HashMap;

use http::HeaderMap;
use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use openapi::contract::{Place, Style};
use serde_json::Value;

use super::compile::{CompiledContent, CompiledOperation, CompiledParameter, CompiledResponse};
use crate::body_kinds::{Kind, kind_of};
use crate::request::{Request, decode};

/// How many faults are named.
pub const MOST: usize = 10;
/// Levels that a body may have to be checked.
const DEPTH: usize = 64;
/// Bodies up to this many bytes get all of their faults named, larger ones the first.
const THOROUGH: usize = 64 * 1024;

/// One thing that is wrong: where, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// `query parameter page`, or a JSON pointer into the body: `/lines/0/id`.
    pub at: String,
    /// What is wrong with it, without the value itself.
    pub problem: String,
}

impl Found {
    fn new(at: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            problem: problem.into(),
        }
    }
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.at, self.problem)
    }
}

/// Checks path, query, headers and cookies. With `only_known` a query parameter that the document does not name is a fault.
pub fn check_parameters(
    operation: &CompiledOperation,
    request: &Request<'_>,
    only_known: bool,
) -> Vec<Found> {
    let query: Vec<(String, String)> = pairs(request.query().unwrap_or_default());
    let path = captures(&operation.path, request.path());
    let mut found = Vec::new();
    for parameter in &operation.parameters {
        let name = &parameter.contract.name;
        let texts: Vec<String> = match parameter.contract.place {
            // a template that is not whole segments is matched by the router, and not read here
            Place::Path => path.get(name.as_str()).cloned().into_iter().collect(),
            Place::Query if parameter.contract.style == Style::DeepObject => Vec::new(),
            Place::Query => values(&query, name),
            Place::Header => {
                let all = request.headers().get_all(name.as_str()).iter();
                let all: Vec<&str> = all.filter_map(|value| value.to_str().ok()).collect();
                (!all.is_empty())
                    .then(|| all.join(", "))
                    .into_iter()
                    .collect()
            }
            Place::Cookie => request
                .cookie(name)
                .map(str::to_owned)
                .into_iter()
                .collect(),
        };
        let at = format!("{} parameter {name}", place_name(parameter.contract.place));
        check_parameter(parameter, &query, texts, at, &mut found);
        if found.len() >= MOST {
            break;
        }
    }
    if only_known {
        for (name, _) in &query {
            if found.len() < MOST && !is_known(operation, name) {
                let at = format!("query parameter {}", shown(name));
                found.push(Found::new(at, "is not known here"));
            }
        }
    }
    found.truncate(MOST);
    found
}

fn check_parameter(
    parameter: &CompiledParameter,
    query: &[(String, String)],
    texts: Vec<String>,
    at: String,
    found: &mut Vec<Found>,
) {
    let contract = &parameter.contract;
    let value = if contract.style == Style::DeepObject {
        let members = members(query, &contract.name);
        (!members.is_empty()).then(|| parameter.types.object(&members))
    } else if texts.is_empty() {
        None
    } else {
        let value = parameter
            .types
            .value(&texts, contract.style, contract.explode);
        let Some(value) = value else {
            return;
        };
        Some(value)
    };
    match value {
        Some(value) => faults(&parameter.validator, &value, &at, true, found),
        None if contract.required && contract.place != Place::Path => {
            found.push(Found::new(at, "is missing"));
        }
        None => {}
    }
}

fn is_known(operation: &CompiledOperation, name: &str) -> bool {
    let root = name.split('[').next().unwrap_or_default();
    operation.parameters.iter().any(|parameter| {
        let contract = &parameter.contract;
        let is_deep = contract.style == Style::DeepObject && contract.name == root;
        let is_form = contract.style == Style::Form && contract.explode;
        let is_spread = is_form && parameter.types.is_object();
        contract.place == Place::Query && (contract.name == name || is_deep || is_spread)
    })
}

fn place_name(place: Place) -> &'static str {
    match place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Header => "header",
        Place::Cookie => "cookie",
    }
}

/// Checks a body against what the document says of its media type; what is neither JSON nor a form passes.
pub fn check_body(content: &CompiledContent, media_type: &str, body: &[u8]) -> Vec<Found> {
    let Some(validator) = &content.validator else {
        return Vec::new();
    };
    let value = match kind_of(media_type) {
        Kind::Json => match serde_json::from_slice::<Value>(body) {
            Ok(value) => value,
            Err(error) => {
                let problem = format!(
                    "is not JSON: line {}, column {}",
                    error.line(),
                    error.column()
                );
                return vec![Found::new("body", problem)];
            }
        },
        _ if media_type == "application/x-www-form-urlencoded" => {
            let Ok(text) = std::str::from_utf8(body) else {
                return vec![Found::new("body", "is not UTF-8")];
            };
            match &content.members {
                Some(types) => types.object(&pairs(text)),
                None => return Vec::new(),
            }
        }
        _ => return Vec::new(),
    };
    if !is_shallow(&value, DEPTH) {
        return vec![Found::new("body", format!("is more than {DEPTH} deep"))];
    }
    let mut found = Vec::new();
    faults(validator, &value, "", body.len() <= THOROUGH, &mut found);
    found.truncate(MOST);
    found
}

/// Checks the headers of an answer.
pub fn check_headers(response: &CompiledResponse, headers: &HeaderMap) -> Vec<Found> {
    let mut found = Vec::new();
    for header in &response.headers {
        let at = format!("header {}", header.name);
        match headers
            .get(header.name.as_str())
            .map(|value| value.to_str())
        {
            Some(Ok(text)) => {
                let texts = [text.to_owned()];
                if let Some(value) = header.types.value(&texts, Style::Simple, false) {
                    faults(&header.validator, &value, &at, true, &mut found);
                }
            }
            Some(Err(_)) => found.push(Found::new(at, "is not text")),
            None if header.required => found.push(Found::new(at, "is missing")),
            None => {}
        }
    }
    found.truncate(MOST);
    found
}

/// What is wrong with a value; its pointer follows `at`.
fn faults(validator: &Validator, value: &Value, at: &str, thorough: bool, found: &mut Vec<Found>) {
    if validator.is_valid(value) {
        return;
    }
    let most = if thorough { MOST } else { 1 };
    for error in validator.iter_errors(value).take(most) {
        let pointer = error.instance_path().as_str();
        let place = |pointer: &str| match (at, pointer) {
            ("", "") => "body".to_owned(),
            ("", pointer) => shown(pointer),
            (at, "") => at.to_owned(),
            (at, pointer) => format!("{at}{}", shown(pointer)),
        };
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                let name = name.replace('~', "~0").replace('/', "~1");
                found.push(Found::new(
                    place(&format!("{pointer}/{name}")),
                    "is missing",
                ));
            }
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                for name in unexpected.iter().take(MOST) {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    let at = place(&format!("{pointer}/{name}"));
                    found.push(Found::new(at, "is not known here"));
                }
            }
            _ => found.push(Found::new(
                place(pointer),
                shown(&error.masked().to_string()),
            )),
        }
    }
}

/// A text that a caller may have written, short enough for a message.
fn shown(text: &str) -> String {
    const LONGEST: usize = 200;
    let end = text.floor_char_boundary(LONGEST);
    let mut shown: String = text[..end].chars().filter(|c| !c.is_control()).collect();
    if end < text.len() {
        shown.push('…');
    }
    shown
}

fn is_shallow(value: &Value, left: usize) -> bool {
    match value {
        Value::Array(items) => left > 0 && items.iter().all(|item| is_shallow(item, left - 1)),
        Value::Object(members) => {
            left > 0 && members.values().all(|member| is_shallow(member, left - 1))
        }
        _ => true,
    }
}

/// Names and values of a query or form, decoded; what is not UTF-8 is left out.
fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(name)?, decode(value)?))
        })
        .collect()
}

fn values(query: &[(String, String)], name: &str) -> Vec<String> {
    let named = query.iter().filter(|(other, _)| other == name);
    named.map(|(_, value)| value.clone()).collect()
}

/// `filter[name]=value` as members of `filter`.
fn members(query: &[(String, String)], name: &str) -> Vec<(String, String)> {
    query
        .iter()
        .filter_map(|(key, value)| {
            let member = key
                .strip_prefix(name)?
                .strip_prefix('[')?
                .strip_suffix(']')?;
            Some((member.to_owned(), value.clone()))
        })
        .collect()
}

/// The values of a path's parameters. The template stands at the end of the path, behind the version's base path.
fn captures<'t>(template: &'t str, path: &str) -> HashMap<&'t str, String> {
    let template: Vec<&str> = template.split('/').filter(|s| !s.is_empty()).collect();
    let path: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
    let mut found = HashMap::new();
    for (segment, text) in template.iter().rev().zip(path.iter().rev()) {
        let name = segment.strip_prefix('{').and_then(|s| s.strip_suffix('}'));
        let text = percent_encoding::percent_decode_str(text).decode_utf8();
        if let (Some(name), Ok(text)) = (name, text) {
            found.insert(name, text.into_owned());
        }
    }
    found
}

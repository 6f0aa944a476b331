//! Swagger 2.0 into the 3.x form, place by place.

mod body;
mod operation;
mod parameter;
mod references;
mod schema;

use serde_json::{Map, Value, json};

use crate::document::{list, text};
use crate::finding::Findings;
use crate::pointer;

pub(crate) use self::references::source_pointer;

/// The 3.x form of a Swagger 2.0 document.
pub(crate) fn from_swagger(root: Value, findings: &mut Findings) -> Value {
    let shared = Shared::of(&root);
    let mut converted = Map::new();
    converted.insert("openapi".to_owned(), json!("3.0.3"));
    for name in ["info", "tags", "externalDocs", "security"] {
        if let Some(value) = root.get(name) {
            converted.insert(name.to_owned(), value.clone());
        }
    }
    let servers = servers(&root);
    if !servers.is_empty() {
        converted.insert("servers".to_owned(), Value::Array(servers));
    }
    if let Some(paths) = root.get("paths").and_then(Value::as_object) {
        let paths = paths
            .iter()
            .map(|(path, item)| {
                let place = pointer::join("/paths", path);
                (
                    path.clone(),
                    operation::path_item(item, &shared, &place, findings),
                )
            })
            .collect();
        converted.insert("paths".to_owned(), Value::Object(paths));
    }
    converted.insert(
        "components".to_owned(),
        components(&root, &shared, findings),
    );
    if let Value::Object(members) = root {
        converted.extend(
            members
                .into_iter()
                .filter(|(name, _)| name.starts_with("x-")),
        );
    }
    Value::Object(converted)
}

/// Media types that are taken over for one body: each gets a copy of its schema.
const MEDIA_TYPES: usize = 12;

/// What operations need to know from the top of the document.
struct Shared {
    consumes: Vec<String>,
    produces: Vec<String>,
    parameters: Map<String, Value>,
}

impl Shared {
    fn of(root: &Value) -> Self {
        Self {
            consumes: media_types(root, "consumes").unwrap_or_default(),
            produces: media_types(root, "produces").unwrap_or_default(),
            parameters: root
                .get("parameters")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
        }
    }

    /// The parameter itself, or the shared one it refers to.
    fn parameter<'s>(&'s self, value: &'s Value) -> Option<&'s Value> {
        match crate::document::reference_of(value) {
            Some(reference) => {
                let name = reference.strip_prefix("#/parameters/")?;
                self.parameters.get(pointer::unescape(name).as_ref())
            }
            None => Some(value),
        }
    }
}

fn media_types(value: &Value, name: &str) -> Option<Vec<String>> {
    let types = value.get(name)?.as_array()?;
    Some(
        types
            .iter()
            .filter_map(Value::as_str)
            .take(MEDIA_TYPES)
            .map(str::to_owned)
            .collect(),
    )
}

fn servers(root: &Value) -> Vec<Value> {
    let base = text(root, "basePath").unwrap_or("/");
    let base = if base == "/" {
        ""
    } else {
        base.trim_end_matches('/')
    };
    match text(root, "host") {
        None if base.is_empty() => Vec::new(),
        None => vec![json!({ "url": base })],
        Some(host) => {
            let schemes: Vec<&str> = list(root, "schemes")
                .iter()
                .filter_map(Value::as_str)
                .collect();
            let schemes = if schemes.is_empty() {
                vec!["https"]
            } else {
                schemes
            };
            schemes
                .into_iter()
                .map(|scheme| json!({ "url": format!("{scheme}://{host}{base}") }))
                .collect()
        }
    }
}

fn components(root: &Value, shared: &Shared, findings: &mut Findings) -> Value {
    let mut components = Map::new();
    let mut put = |name: &str, members: Map<String, Value>| {
        if !members.is_empty() {
            components.insert(name.to_owned(), Value::Object(members));
        }
    };
    put(
        "schemas",
        convert_members(root, "definitions", |_, value| Some(schema::convert(value))),
    );
    put(
        "responses",
        convert_members(root, "responses", |_, value| {
            Some(body::response(value, &shared.produces))
        }),
    );
    put(
        "parameters",
        convert_members(root, "parameters", |_, value| {
            let place = value.get("in").and_then(Value::as_str);
            (!matches!(place, Some("body" | "formData"))).then(|| parameter::convert(value))
        }),
    );
    put(
        "requestBodies",
        convert_members(root, "parameters", |_, value| {
            let is_body = value.get("in").and_then(Value::as_str) == Some("body");
            is_body.then(|| body::from_parameter(value, &shared.consumes))
        }),
    );
    put(
        "securitySchemes",
        convert_members(root, "securityDefinitions", |name, value| {
            let scheme = security_scheme(value);
            if scheme.is_none() {
                findings.warning(
                    &pointer::join("/securityDefinitions", name),
                    format!("the security scheme `{name}` has an unknown type"),
                    "It is not imported.",
                );
            }
            scheme
        }),
    );
    Value::Object(components)
}

fn convert_members(
    root: &Value,
    name: &str,
    mut convert: impl FnMut(&str, &Value) -> Option<Value>,
) -> Map<String, Value> {
    let members = root.get(name).and_then(Value::as_object);
    members
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), convert(name, value)?)))
        .collect()
}

fn security_scheme(value: &Value) -> Option<Value> {
    let description = value.get("description").cloned();
    let mut scheme = match text(value, "type")? {
        "basic" => json!({ "type": "http", "scheme": "basic" }),
        "apiKey" => json!({ "type": "apiKey", "name": value.get("name"), "in": value.get("in") }),
        "oauth2" => {
            let flow = match text(value, "flow")? {
                "accessCode" => "authorizationCode",
                "application" => "clientCredentials",
                other => other,
            };
            let mut details = Map::new();
            for name in ["authorizationUrl", "tokenUrl", "scopes"] {
                if let Some(value) = value.get(name) {
                    details.insert(name.to_owned(), value.clone());
                }
            }
            json!({ "type": "oauth2", "flows": { flow: details } })
        }
        _ => return None,
    };
    if let Some(description) = description {
        scheme["description"] = description;
    }
    Some(scheme)
}

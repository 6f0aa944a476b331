//! A document written out again, for those who call the API through the gateway.

use serde_json::{Map, Value, json};

use crate::document::Document;
use crate::operations::METHODS;
use crate::parse::Syntax;

/// What the gateway makes of an API, beside what its document says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Published {
    /// The gateway's address for it: it stands in place of the document's own servers, so that readers learn nothing of what
    /// is behind.
    pub server: String,
    /// What callers show to the gateway: a name and a security scheme each. They stand in place of the document's own.
    pub schemes: Vec<(String, Value)>,
    /// Whether all of them are needed together; otherwise any one will do.
    pub all_schemes: bool,
    /// Methods (in capitals) and paths of the operations that need no credential.
    pub open: Vec<(String, String)>,
    /// Under which terms it can be had: what stands as `x-gatehouse-plans`.
    pub plans: Vec<Value>,
    /// Limits that hold whatever the plan: what stands as `x-gatehouse-limits`.
    pub limits: Vec<Value>,
}

impl Document {
    /// The document in the 3.x form as text, as it is or as the gateway publishes it.
    ///
    /// # Errors
    /// When a value cannot be written as YAML.
    pub fn write(
        &self,
        syntax: Syntax,
        published: Option<&Published>,
    ) -> Result<String, WriteError> {
        let mut root = self.root().clone();
        if let Some(published) = published {
            publish(&mut root, published);
        }
        match syntax {
            Syntax::Json => serde_json::to_string_pretty(&root).map_err(WriteError::Json),
            Syntax::Yaml => yaml_serde::to_string(&root).map_err(WriteError::Yaml),
        }
    }
}

/// Why a document could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// As JSON.
    #[error("the document cannot be written as JSON")]
    Json(#[source] serde_json::Error),
    /// As YAML.
    #[error("the document cannot be written as YAML")]
    Yaml(#[source] yaml_serde::Error),
}

fn publish(root: &mut Value, published: &Published) {
    let Some(top) = root.as_object_mut() else {
        return;
    };
    top.insert("servers".to_owned(), json!([{ "url": published.server }]));
    for (name, entries) in [
        ("x-gatehouse-plans", &published.plans),
        ("x-gatehouse-limits", &published.limits),
    ] {
        if !entries.is_empty() {
            top.insert(name.to_owned(), json!(entries));
        }
    }
    let guarded = !published.schemes.is_empty();
    if guarded {
        top.insert("security".to_owned(), requirements(published));
    } else {
        top.shift_remove("security");
    }
    components(top, published);
    for (path, item) in objects(top.get_mut("paths")) {
        item.shift_remove("servers");
        for (method, operation) in item.iter_mut() {
            let Some(operation) = operation.as_object_mut() else {
                continue;
            };
            if !METHODS.contains(&method.as_str()) {
                continue;
            }
            operation.shift_remove("servers");
            operation.shift_remove("security");
            let is_open = published
                .open
                .iter()
                .any(|(verb, of)| verb.eq_ignore_ascii_case(method) && of == path);
            match guarded && !is_open {
                true => refusals(operation),
                false if guarded => {
                    operation.insert("security".to_owned(), json!([]));
                }
                false => {}
            }
        }
    }
}

fn requirements(published: &Published) -> Value {
    let names = published.schemes.iter().map(|(name, _)| name);
    if published.all_schemes {
        let all: Map<String, Value> = names.map(|name| (name.clone(), json!([]))).collect();
        return json!([all]);
    }
    names
        .map(|name| json!({ name.as_str(): [] }))
        .collect::<Vec<_>>()
        .into()
}

/// Answers of the gateway's own: status, name, what it means.
const REFUSALS: [(&str, &str, &str); 3] = [
    (
        "401",
        "GatehouseNoCredential",
        "The gateway knows no such credential.",
    ),
    (
        "403",
        "GatehouseNotAllowed",
        "The application has no active subscription that covers this call.",
    ),
    (
        "429",
        "GatehouseLimit",
        "A rate limit or the quota of the plan is used up.",
    ),
];

fn components(top: &mut Map<String, Value>, published: &Published) {
    let components = top.entry("components").or_insert_with(|| json!({}));
    let Some(components) = components.as_object_mut() else {
        return;
    };
    components.shift_remove("securitySchemes");
    if published.schemes.is_empty() {
        return;
    }
    let schemes: Map<String, Value> = published.schemes.iter().cloned().collect();
    components.insert("securitySchemes".to_owned(), Value::Object(schemes));
    let responses = components.entry("responses").or_insert_with(|| json!({}));
    let Some(responses) = responses.as_object_mut() else {
        return;
    };
    for (status, name, meaning) in REFUSALS {
        responses.insert(name.to_owned(), response(status, meaning));
    }
}

fn response(status: &str, meaning: &str) -> Value {
    let header = |text: &str| json!({ "description": text, "schema": { "type": "string" } });
    let mut response = json!({
        "description": meaning,
        "content": { "application/problem+json": { "schema": {
            "type": "object",
            "properties": {
                "type": { "type": "string" },
                "title": { "type": "string" },
                "status": { "type": "integer" },
                "code": { "type": "string", "description": "A stable code for programs." },
                "detail": { "type": "string" },
                "request_id": { "type": "string" },
            },
        } } },
    });
    if status == "429" {
        response["headers"] = json!({
            "RateLimit": header("What is left, and when it is full again."),
            "RateLimit-Policy": header("The limits that were counted."),
            "Retry-After": header("Seconds to wait."),
        });
    }
    response
}

/// The gateway's answers at an operation that describes none of these itself.
fn refusals(operation: &mut Map<String, Value>) {
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    let Some(responses) = responses.as_object_mut() else {
        return;
    };
    for (status, name, _) in REFUSALS {
        let reference = format!("#/components/responses/{name}");
        responses
            .entry(status)
            .or_insert_with(|| json!({ "$ref": reference }));
    }
}

fn objects(value: Option<&mut Value>) -> impl Iterator<Item = (&String, &mut Map<String, Value>)> {
    value
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name, value.as_object_mut()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, parse};

    const SOURCE: &str = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\nservers: [{url: https://inner.example}]\n\
        security: [{inner: []}]\ncomponents: {securitySchemes: {inner: {type: http, scheme: basic}}}\n\
        paths:\n  /a:\n    servers: [{url: https://inner.example}]\n    get:\n      servers: [{url: https://inner.example}]\n      \
        security: [{inner: []}]\n      responses: {'200': {description: yes}, '429': {description: own}}\n    \
        post: {responses: {}}\n";

    fn published(open: &[(&str, &str)], all: bool) -> Value {
        let document = parse(SOURCE.as_bytes(), &Limits::default()).expect("a document");
        let key = json!({ "type": "apiKey", "in": "header", "name": "X-API-Key" });
        let published = Published {
            server: "https://api.example/t".to_owned(),
            schemes: vec![("key".to_owned(), key), ("basic".to_owned(), json!({}))],
            all_schemes: all,
            open: open
                .iter()
                .map(|(method, path)| ((*method).to_owned(), (*path).to_owned()))
                .collect(),
            plans: vec![json!({ "plan": "gold" })],
            limits: Vec::new(),
        };
        let text = document
            .write(Syntax::Json, Some(&published))
            .expect("text");
        serde_json::from_str(&text).expect("JSON")
    }

    #[test]
    fn the_gateway_takes_the_place_of_the_upstream() {
        let root = published(&[], false);
        assert_eq!(root["servers"], json!([{ "url": "https://api.example/t" }]));
        assert!(!root.to_string().contains("inner"), "{root}");
        assert_eq!(root["security"], json!([{ "key": [] }, { "basic": [] }]));
        assert_eq!(root["x-gatehouse-plans"][0]["plan"], "gold");
    }

    #[test]
    fn refusals_are_described_where_the_document_does_not() {
        let root = published(&[("POST", "/a")], true);
        let get = &root["paths"]["/a"]["get"]["responses"];
        assert_eq!(get["429"]["description"], "own");
        assert_eq!(
            get["401"]["$ref"],
            "#/components/responses/GatehouseNoCredential"
        );
        assert!(
            root.pointer("/components/responses/GatehouseNoCredential")
                .is_some()
        );
        let post = &root["paths"]["/a"]["post"];
        assert_eq!(
            (&post["security"], post["responses"].get("401")),
            (&json!([]), None)
        );
        assert_eq!(root["security"], json!([{ "key": [], "basic": [] }]));
    }
}

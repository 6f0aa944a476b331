//! Postman: a collection (v2.0, v2.1) becomes an API with an OpenAPI document of its requests.

use std::collections::BTreeMap;

use declaration::Document;
use serde_json::{Map, Value, json};

use crate::report::Report;
use crate::source::{self, SourceError, objects, text};
use crate::{Converted, names, parts};

/// Methods that a document can describe.
const METHODS: &[&str] = &[
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];
/// Folders inside folders.
const DEEPEST: usize = 20;

/// Converts a collection.
///
/// # Errors
/// When it cannot be read, or is no collection.
pub fn postman(bytes: &[u8]) -> Result<Converted, SourceError> {
    let value = source::read(bytes)?;
    let root = value.get("collection").unwrap_or(&value);
    let info = root
        .get("info")
        .filter(|_| root.get("item").is_some_and(Value::is_array));
    let info = info.ok_or_else(|| SourceError::Other {
        what: "collection of Postman",
        why: "it has no `info` and `item`".to_owned(),
    })?;
    let mut work = Work {
        report: Report::default(),
        variables: variables(root),
        paths: Map::new(),
        addresses: BTreeMap::new(),
    };
    work.items(root, "", None, 0);
    let name = text(info, "name").unwrap_or_else(|| "Collection".to_owned());
    let slug = match names::slug(&name) {
        slug if slug.is_empty() => "collection".to_owned(),
        slug => slug,
    };
    let mut made = parts::declaration();
    let mut api = parts::api(&slug, &name);
    let mut version = parts::version("v1", &format!("/{slug}"));
    // where most requests go is the upstream
    let most = work.addresses.iter().max_by_key(|(_, count)| **count);
    if let Some((address, _)) = most {
        let mut upstream = parts::upstream(&slug, &name);
        upstream.targets.push(parts::target(address.clone(), 100));
        made.upstreams.push(upstream);
        version.upstream = Some(slug.clone());
        let others: Vec<&str> = work
            .addresses
            .keys()
            .filter(|other| *other != address)
            .map(String::as_str)
            .collect();
        if !others.is_empty() {
            let note = format!(
                "requests go to {} as well: `{address}` is the upstream of all",
                others.join(", ")
            );
            work.report.approximated("item", note);
        }
    } else {
        work.report
            .left_out("item", "no request says where it goes: name an upstream");
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": { "title": name, "version": "1.0.0" },
        "paths": work.paths,
    });
    if let Some(about) = description(info) {
        document["info"]["description"] = json!(about);
    }
    version.document = Some(Document::text(document.to_string()));
    version.routes_from_document = true;
    if root.get("auth").is_some() {
        work.report.approximated("auth", "callers show a key of the gateway; what the upstream asks for goes into `upstream_auth`");
    }
    if root.get("event").is_some() {
        work.report.left_out("event", "scripts do not move");
    }
    api.versions.push(version);
    made.apis.push(api);
    Ok(Converted {
        declaration: made,
        report: work.report,
        secrets: Vec::new(),
    })
}

struct Work {
    report: Report,
    variables: BTreeMap<String, String>,
    paths: Map<String, Value>,
    /// Where requests go, and how many.
    addresses: BTreeMap<String, usize>,
}

impl Work {
    fn items(&mut self, folder: &Value, above: &str, tag: Option<&str>, depth: usize) {
        if depth > DEEPEST {
            self.report.left_out(above, "folders are too deep");
            return;
        }
        for (index, item) in objects(folder, "item") {
            let name = text(item, "name").unwrap_or_default();
            let place = format!("{above}item[{index}] ({name})");
            if item.get("item").is_some() {
                self.items(
                    item,
                    &format!("{place}."),
                    Some(tag.unwrap_or(&name)),
                    depth + 1,
                );
            } else if let Some(request) = item.get("request") {
                self.request(request, item, &place, tag);
            }
        }
    }

    fn request(&mut self, request: &Value, item: &Value, place: &str, tag: Option<&str>) {
        let method = text(request, "method")
            .unwrap_or_else(|| "GET".to_owned())
            .to_lowercase();
        if !METHODS.contains(&method.as_str()) {
            self.report
                .left_out(place, format!("`{method}` cannot be described"));
            return;
        }
        let nothing = Value::Null;
        let url = match request {
            Value::String(url) => url.clone(),
            _ => match request.get("url") {
                Some(Value::String(url)) => url.clone(),
                Some(url) => text(url, "raw").unwrap_or_default(),
                None => String::new(),
            },
        };
        let url = self.resolved(&url);
        let Some((address, path, query)) = split(&url) else {
            self.report
                .left_out(place, format!("`{url}` is no address"));
            return;
        };
        if let Some(address) = address {
            *self.addresses.entry(address).or_default() += 1;
        }
        let mut operation = json!({
            "summary": text(item, "name").unwrap_or_default(),
            "responses": responses(item),
        });
        if let Some(tag) = tag {
            operation["tags"] = json!([tag]);
        }
        if let Some(about) = description(request) {
            operation["description"] = json!(about);
        }
        let mut parameters: Vec<Value> = path
            .split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
            .collect();
        let mut seen = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let name = pair.split('=').next().unwrap_or(pair);
            if !seen.contains(&name) {
                seen.push(name);
                parameters
                    .push(json!({ "name": name, "in": "query", "schema": { "type": "string" } }));
            }
        }
        if !parameters.is_empty() {
            operation["parameters"] = json!(parameters);
        }
        if let Some(body) = body(request.get("body").unwrap_or(&nothing)) {
            operation["requestBody"] = body;
        }
        let methods = self.paths.entry(path.clone()).or_insert_with(|| json!({}));
        if methods.get(&method).is_some() {
            let note = format!("{} {path} is described already", method.to_uppercase());
            self.report.approximated(place, note);
        } else {
            methods[&method] = operation;
            self.report
                .taken(place, format!("{} {path}", method.to_uppercase()));
        }
    }

    /// The text with the collection's variables in it.
    fn resolved(&self, text: &str) -> String {
        self.variables
            .iter()
            .fold(text.to_owned(), |text, (name, value)| {
                text.replace(&format!("{{{{{name}}}}}"), value)
            })
    }
}

fn variables(root: &Value) -> BTreeMap<String, String> {
    objects(root, "variable")
        .filter_map(|(_, variable)| {
            Some((
                text(variable, "key").or_else(|| text(variable, "id"))?,
                text(variable, "value")?,
            ))
        })
        .collect()
}

/// Address, path template and query of a URL. Variables at its beginning stand for an address that is not known.
fn split(url: &str) -> Option<(Option<String>, String, &str)> {
    let url = url.split('#').next().unwrap_or(url);
    let (rest, query) = url.split_once('?').unwrap_or((url, ""));
    let (address, path) = match rest.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            let known = !authority.contains("{{") && !authority.is_empty();
            (known.then(|| format!("{scheme}://{authority}")), path)
        }
        None if rest.starts_with("{{") => (None, rest.split_once("}}")?.1),
        None if rest.starts_with('/') => (None, rest),
        None => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            if !authority.contains('.') && !authority.contains(':') {
                return None;
            }
            (Some(format!("http://{authority}")), path)
        }
    };
    let segments: Vec<String> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| {
            let name = segment.strip_prefix(':').or_else(|| {
                segment
                    .strip_prefix("{{")
                    .and_then(|it| it.strip_suffix("}}"))
            });
            match name {
                Some(name) => format!(
                    "{{{}}}",
                    name.replace(|c: char| !c.is_ascii_alphanumeric(), "_")
                ),
                None => segment.to_owned(),
            }
        })
        .collect();
    Some((address, format!("/{}", segments.join("/")), query))
}

fn body(body: &Value) -> Option<Value> {
    let media_type = match text(body, "mode")?.as_str() {
        "urlencoded" => "application/x-www-form-urlencoded",
        "formdata" => "multipart/form-data",
        "graphql" => "application/json",
        "file" => "application/octet-stream",
        _ => match body
            .pointer("/options/raw/language")
            .and_then(Value::as_str)
        {
            Some("xml") => "application/xml",
            Some("text") => "text/plain",
            _ => "application/json",
        },
    };
    let example = text(body, "raw").and_then(|raw| serde_json::from_str::<Value>(&raw).ok());
    let content = match example {
        Some(example) => json!({ "example": example }),
        None => json!({}),
    };
    Some(json!({ "content": { media_type: content } }))
}

fn responses(item: &Value) -> Value {
    let mut found = Map::new();
    for (_, response) in objects(item, "response") {
        let code = text(response, "code").filter(|code| code.len() == 3);
        let code = code.unwrap_or_else(|| "default".to_owned());
        let mut told = json!({ "description": text(response, "name").unwrap_or_default() });
        let example =
            text(response, "body").and_then(|raw| serde_json::from_str::<Value>(&raw).ok());
        if let Some(example) = example {
            told["content"] = json!({ "application/json": { "example": example } });
        }
        found.entry(code).or_insert(told);
    }
    if found.is_empty() {
        found.insert(
            "default".to_owned(),
            json!({ "description": "The answer." }),
        );
    }
    Value::Object(found)
}

fn description(value: &Value) -> Option<String> {
    text(value, "description").or_else(|| text(value.get("description")?, "content"))
}

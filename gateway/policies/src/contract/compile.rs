//! Compiles the schemas of one operation.

use std::collections::HashSet;
use std::thread;

use jsonschema::{Draft, PatternOptions, Registry, Resource, Validator};
use openapi::contract::{
    ContentContract, Definitions, OperationContract, ParameterContract, ResponseContract,
};
use serde_json::{Value, json};

use super::values::{Types, types_of};
use crate::statuses::Statuses;

/// Where the definitions stand.
const BASE: &str = "urn:gatehouse:contract";
/// Compiling follows references as deep as they go, so it gets a stack of its own.
const STACK: usize = 64 << 20;
/// Steps back that a pattern may take on one text.
const BACKTRACKS: usize = 50_000;
/// Size of one compiled pattern, in bytes.
const PATTERN: usize = 256 * 1024;

/// The definitions of both ways.
pub(super) struct Sources {
    request: Source,
    response: Source,
}

struct Source {
    registry: Registry<'static>,
    definitions: Definitions,
}

impl Source {
    fn new(definitions: Definitions) -> Result<Self, String> {
        let document = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$defs": definitions,
        });
        let resource = Resource::from_contents(document);
        let registry = Registry::new()
            .draft(Draft::Draft202012)
            .add(BASE, resource)
            .and_then(jsonschema::RegistryBuilder::prepare)
            .map_err(|error| error.to_string())?;
        Ok(Self {
            registry,
            definitions,
        })
    }

    fn validator(&self, schema: &Value) -> Result<Validator, String> {
        let mut schema = schema.clone();
        absolute(&mut schema);
        let patterns = PatternOptions::fancy_regex()
            .backtrack_limit(BACKTRACKS)
            .size_limit(PATTERN);
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_registry(&self.registry)
            .should_validate_formats(true)
            .should_ignore_unknown_formats(true)
            .with_pattern_options(patterns)
            .offline()
            .build(&schema)
            .map_err(|error| error.masked().to_string())
    }

    /// Bytes of the schemas that a schema needs, as JSON.
    fn weight(&self, schema: &Value, seen: &mut HashSet<String>) -> usize {
        let mut weight = 0;
        let mut open = vec![schema];
        while let Some(value) = open.pop() {
            match value {
                Value::Object(members) => {
                    let target = members.get("$ref").and_then(Value::as_str);
                    let name = target.and_then(|target| target.strip_prefix("#/$defs/"));
                    if let Some(name) = name
                        && let Some(definition) = self.definitions.get(name)
                        && seen.insert(name.to_owned())
                    {
                        open.push(definition);
                    }
                    weight += members.keys().map(|name| name.len() + 4).sum::<usize>();
                    open.extend(members.values());
                }
                Value::Array(items) => open.extend(items),
                Value::String(text) => weight += text.len() + 2,
                _ => weight += 4,
            }
        }
        weight
    }
}

/// References of a schema that stands outside of the definitions lead to them.
fn absolute(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                match value {
                    Value::String(reference) if name == "$ref" => {
                        if reference.starts_with("#/") {
                            reference.insert_str(0, BASE);
                        }
                    }
                    // what is listed here are values, not schemas
                    _ if name == "enum" || name == "const" => {}
                    value => absolute(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(absolute),
        _ => {}
    }
}

impl Sources {
    pub(super) fn new(request: Definitions, response: Definitions) -> Result<Self, String> {
        Ok(Self {
            request: Source::new(request)?,
            response: Source::new(response)?,
        })
    }

    /// The operation with its validators, and what it weighs.
    pub(super) fn compile(
        &self,
        contract: &OperationContract,
    ) -> Result<(CompiledOperation, usize), String> {
        thread::scope(|scope| {
            let compiling = thread::Builder::new()
                .name("contract".to_owned())
                .stack_size(STACK)
                .spawn_scoped(scope, || self.operation(contract))
                .map_err(|error| error.to_string())?;
            compiling
                .join()
                .unwrap_or_else(|_| Err("a schema could not be compiled".to_owned()))
        })
    }

    fn operation(
        &self,
        contract: &OperationContract,
    ) -> Result<(CompiledOperation, usize), String> {
        let mut parameters = Vec::new();
        let mut seen = HashSet::new();
        let mut weight = 1_024;
        for parameter in &contract.parameters {
            weight += self.request.weight(&parameter.schema, &mut seen);
            parameters.push(CompiledParameter {
                types: types_of(&parameter.schema, &self.request.definitions),
                validator: self.request.validator(&parameter.schema)?,
                contract: parameter.clone(),
            });
        }
        let mut bodies = Vec::new();
        for content in contract.body.iter().flat_map(|body| &body.contents) {
            bodies.push(self.request.content(content, &mut seen, &mut weight)?);
        }
        let mut seen = HashSet::new();
        let mut responses = Vec::new();
        for response in &contract.responses {
            responses.push(self.response.response(response, &mut seen, &mut weight)?);
        }
        let compiled = CompiledOperation {
            path: contract.path.clone(),
            parameters,
            has_body: contract.body.is_some(),
            body_required: contract.body.as_ref().is_some_and(|body| body.required),
            bodies,
            responses,
        };
        Ok((compiled, weight))
    }
}

impl Source {
    fn content(
        &self,
        content: &ContentContract,
        seen: &mut HashSet<String>,
        weight: &mut usize,
    ) -> Result<CompiledContent, String> {
        let schema = content.schema.as_ref();
        *weight += schema.map_or(0, |schema| self.weight(schema, seen));
        Ok(CompiledContent {
            media_type: content.media_type.clone(),
            members: schema.map(|schema| types_of(schema, &self.definitions)),
            validator: schema.map(|schema| self.validator(schema)).transpose()?,
        })
    }

    fn response(
        &self,
        response: &ResponseContract,
        seen: &mut HashSet<String>,
        weight: &mut usize,
    ) -> Result<CompiledResponse, String> {
        let mut headers = Vec::new();
        for header in &response.headers {
            headers.push(CompiledHeader {
                name: header.name.clone(),
                required: header.required,
                types: types_of(&header.schema, &self.definitions),
                validator: self.validator(&header.schema)?,
            });
        }
        let mut contents = Vec::new();
        for content in &response.contents {
            contents.push(self.content(content, seen, weight)?);
        }
        Ok(CompiledResponse {
            statuses: Statuses::parse(&response.status),
            headers,
            contents,
        })
    }
}

/// An operation, ready to check with.
pub struct CompiledOperation {
    pub(super) path: String,
    pub(super) parameters: Vec<CompiledParameter>,
    pub(super) has_body: bool,
    pub(super) body_required: bool,
    pub(super) bodies: Vec<CompiledContent>,
    pub(super) responses: Vec<CompiledResponse>,
}

pub(super) struct CompiledParameter {
    pub(super) contract: ParameterContract,
    pub(super) types: Types,
    pub(super) validator: Validator,
}

/// A body of one media type.
pub struct CompiledContent {
    pub(super) media_type: String,
    pub(super) members: Option<Types>,
    pub(super) validator: Option<Validator>,
}

/// An answer.
pub struct CompiledResponse {
    /// `None` for `default`.
    pub(super) statuses: Option<Statuses>,
    pub(super) headers: Vec<CompiledHeader>,
    pub(super) contents: Vec<CompiledContent>,
}

pub(super) struct CompiledHeader {
    pub(super) name: String,
    pub(super) required: bool,
    pub(super) types: Types,
    pub(super) validator: Validator,
}

impl CompiledOperation {
    /// What the document says of an answer with this status: the status itself, then its class, then `default`.
    pub fn response(&self, status: http::StatusCode) -> Option<&CompiledResponse> {
        let all = || self.responses.iter();
        all()
            .find(|r| r.statuses == Some(Statuses::One(status.as_u16())))
            .or_else(|| all().find(|r| r.statuses.is_some_and(|s| s.has(status))))
            .or_else(|| all().find(|r| r.statuses.is_none()))
    }

    /// What the document says of a request body of this media type.
    pub fn body(&self, media_type: &str) -> Option<&CompiledContent> {
        content_of(&self.bodies, media_type)
    }

    /// The media types of request bodies.
    pub fn body_types(&self) -> Vec<&str> {
        self.bodies.iter().map(|b| b.media_type.as_str()).collect()
    }

    /// Whether it takes a body, and whether it must have one.
    pub fn takes_body(&self) -> (bool, bool) {
        (self.has_body, self.body_required)
    }
}

impl CompiledResponse {
    /// What the document says of a body of this media type.
    pub fn content(&self, media_type: &str) -> Option<&CompiledContent> {
        content_of(&self.contents, media_type)
    }

    /// Whether it has a body at all.
    pub fn has_body(&self) -> bool {
        !self.contents.is_empty()
    }
}

/// The type itself, then `text/*`, then `*/*`.
fn content_of<'c>(
    contents: &'c [CompiledContent],
    media_type: &str,
) -> Option<&'c CompiledContent> {
    let family = media_type.split('/').next().unwrap_or_default();
    let essence = |content: &CompiledContent| {
        let written = content.media_type.split(';').next().unwrap_or_default();
        written.trim().to_owned()
    };
    [
        media_type.to_owned(),
        format!("{family}/*"),
        "*/*".to_owned(),
    ]
    .iter()
    .find_map(|wanted| contents.iter().find(|content| essence(content) == *wanted))
}

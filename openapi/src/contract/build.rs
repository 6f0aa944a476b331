//! Makes a contract from a document.

use serde_json::{Value, json};
use thiserror::Error;

use super::normal::Normal;
use super::types::{
    BodyContract, ContentContract, Contract, ExampleContract, HeaderContract, OperationContract,
    ParameterContract, Place, ResponseContract, Style, Wants,
};
use crate::document::{Document, flag, text};
use crate::operations::{self, Operation};
use crate::sample::{self, Direction};
use crate::security;

/// Media types of one body.
const MEDIA_TYPES: usize = 12;
/// Examples of one media type.
const EXAMPLES: usize = 20;
/// Answers of one operation.
const RESPONSES: usize = 60;
/// Bytes of all examples of a contract, as JSON.
const EXAMPLE_BYTES: usize = 8 << 20;

/// Why there is no contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ContractError {
    /// The schemas are too many, or too deep inside each other.
    #[error("the document's schemas are too many, or too deep inside each other")]
    TooLarge,
}

/// The contract of a document's operations, by their keys: those that are wanted, and of them what is wanted.
///
/// # Errors
///
/// [`ContractError::TooLarge`]: a part of a contract would let pass what the whole refuses.
pub fn of(
    document: &Document,
    wants: Wants,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Contract, ContractError> {
    let mut maker = Maker {
        document,
        wants,
        requests: Normal::new(document, Direction::Request),
        responses: Normal::new(document, Direction::Response),
        left: EXAMPLE_BYTES,
    };
    let mut contract = Contract::default();
    for operation in operations::all(document) {
        if is_wanted(&operation.key) {
            contract.operations.push(maker.operation(&operation));
        }
    }
    contract.request_definitions = maker.requests.finish().ok_or(ContractError::TooLarge)?;
    contract.response_definitions = maker.responses.finish().ok_or(ContractError::TooLarge)?;
    Ok(contract)
}

struct Maker<'d> {
    document: &'d Document,
    wants: Wants,
    requests: Normal<'d>,
    responses: Normal<'d>,
    /// Bytes of examples that may still be kept.
    left: usize,
}

impl<'d> Maker<'d> {
    fn operation(&mut self, operation: &Operation<'d>) -> OperationContract {
        let document = self.document;
        let (mut parameters, mut body) = (Vec::new(), None);
        if self.wants.requests {
            let all = operation.parameters(document);
            parameters = all
                .iter()
                .filter_map(|pair| self.parameter(pair.0))
                .collect();
            let written = operation.value.get("requestBody");
            body = written
                .and_then(|written| document.resolve(written))
                .map(|written| BodyContract {
                    required: flag(written, "required"),
                    contents: self.contents(written, Direction::Request),
                });
        }
        let mut responses = Vec::new();
        if self.wants.responses || self.wants.examples {
            let written = operation.value.get("responses").and_then(Value::as_object);
            for (status, written) in written.into_iter().flatten().take(RESPONSES) {
                if let Some(written) = document.resolve(written)
                    && !status.starts_with("x-")
                {
                    responses.push(self.response(status, written));
                }
            }
        }
        OperationContract {
            key: operation.key.clone(),
            method: operation.method.clone(),
            path: operation.path.to_owned(),
            parameters,
            body,
            responses,
            scopes: if self.wants.scopes {
                security::token_scopes(document, operation.value)
            } else {
                Vec::new()
            },
        }
    }

    fn parameter(&mut self, written: &'d Value) -> Option<ParameterContract> {
        let name = text(written, "name")?;
        let place = match text(written, "in")? {
            "path" => Place::Path,
            "query" => Place::Query,
            "header" => Place::Header,
            "cookie" => Place::Cookie,
            _ => return None,
        };
        let name = match place {
            // these three are described by other parts of an operation
            Place::Header if is_described_elsewhere(name) => return None,
            Place::Header => name.to_ascii_lowercase(),
            _ => name.to_owned(),
        };
        let (mut style, mut schema) = (None, written.get("schema"));
        if let Some((media_type, media)) = written
            .get("content")
            .and_then(Value::as_object)
            .and_then(|content| content.iter().next())
        {
            let is_json = media_type.contains("json");
            style = Some(if is_json { Style::Json } else { Style::Other });
            schema = self
                .document
                .resolve(media)
                .and_then(|media| media.get("schema"));
        }
        let style = style.unwrap_or_else(|| style_of(text(written, "style"), place));
        let explode = match written.get("explode") {
            Some(Value::Bool(explode)) => *explode,
            _ => matches!(style, Style::Form | Style::DeepObject),
        };
        Some(ParameterContract {
            name,
            place,
            required: place == Place::Path || flag(written, "required"),
            style,
            explode,
            schema: schema.map_or(json!(true), |schema| self.requests.schema(schema)),
        })
    }

    fn response(&mut self, status: &str, written: &'d Value) -> ResponseContract {
        let document = self.document;
        let headers = written.get("headers").and_then(Value::as_object);
        let mut found = Vec::new();
        for (name, written) in headers.into_iter().flatten().take(RESPONSES) {
            let Some(header) = document.resolve(written) else {
                continue;
            };
            if name.eq_ignore_ascii_case("content-type") {
                continue;
            }
            let schema = header.get("schema");
            let example = if self.wants.examples {
                let given = header.get("example").cloned();
                given.or_else(|| {
                    schema.map(|schema| sample::value(document, schema, Direction::Response))
                })
            } else {
                None
            };
            found.push(HeaderContract {
                name: name.to_ascii_lowercase(),
                required: flag(header, "required"),
                schema: match schema.filter(|_| self.wants.responses) {
                    Some(schema) => self.responses.schema(schema),
                    None => json!(true),
                },
                example: example.unwrap_or_default(),
            });
        }
        ResponseContract {
            status: status.to_owned(),
            headers: found,
            contents: self.contents(written, Direction::Response),
        }
    }

    fn contents(&mut self, owner: &'d Value, direction: Direction) -> Vec<ContentContract> {
        let document = self.document;
        let content = owner.get("content").and_then(Value::as_object);
        let mut contents = Vec::new();
        for (media_type, written) in content.into_iter().flatten().take(MEDIA_TYPES) {
            let Some(media) = document.resolve(written) else {
                continue;
            };
            let schema = media.get("schema");
            let is_answer = direction == Direction::Response;
            let checked = match direction {
                Direction::Request => schema.map(|schema| self.requests.schema(schema)),
                Direction::Response if self.wants.responses => {
                    schema.map(|schema| self.responses.schema(schema))
                }
                Direction::Response => None,
            };
            contents.push(ContentContract {
                media_type: media_type.to_ascii_lowercase(),
                schema: checked,
                examples: if is_answer && self.wants.examples {
                    self.examples(media, schema)
                } else {
                    Vec::new()
                },
            });
        }
        contents
    }

    /// The examples of the document, or one that is made.
    fn examples(&mut self, media: &'d Value, schema: Option<&'d Value>) -> Vec<ExampleContract> {
        let mut found = Vec::new();
        let named = media.get("examples").and_then(Value::as_object);
        for (name, written) in named.into_iter().flatten().take(EXAMPLES) {
            let example = self.document.resolve(written);
            let value = ["value", "dataValue", "serializedValue"]
                .iter()
                .find_map(|key| example?.get(*key));
            if let Some(value) = value {
                self.keep(&mut found, name, value.clone());
            }
        }
        if let Some(value) = media.get("example") {
            self.keep(&mut found, "", value.clone());
        }
        if found.is_empty()
            && let Some(schema) = schema
        {
            let made = sample::value(self.document, schema, Direction::Response);
            self.keep(&mut found, "", made);
        }
        found
    }

    fn keep(&mut self, found: &mut Vec<ExampleContract>, name: &str, value: Value) {
        let weight = crate::schema::value_weight(&value) + 32;
        if let Some(left) = self.left.checked_sub(weight) {
            self.left = left;
            found.push(ExampleContract {
                name: name.to_owned(),
                value,
            });
        }
    }
}

fn is_described_elsewhere(header: &str) -> bool {
    ["accept", "content-type", "authorization"]
        .iter()
        .any(|name| header.eq_ignore_ascii_case(name))
}

fn style_of(written: Option<&str>, place: Place) -> Style {
    match (written, place) {
        (Some("simple"), _) | (None, Place::Path | Place::Header) => Style::Simple,
        (Some("form"), _) | (None, Place::Query | Place::Cookie) => Style::Form,
        (Some("spaceDelimited"), _) => Style::SpaceDelimited,
        (Some("pipeDelimited"), _) => Style::PipeDelimited,
        (Some("deepObject"), _) => Style::DeepObject,
        _ => Style::Other,
    }
}

//! Makes the page of an operation, as deep as its size allows.

use serde_json::Value;

use super::types::{ExternalDocs, OperationPage, RequestBody, Response};
use super::{content, parameters};
use crate::document::{Document, flag, list, text};
use crate::operations::{self, Operation};
use crate::sample::Direction;
use crate::schema::{Budget, Builder, shorten};
use crate::{security, servers};

/// What the schemas and examples of a page may take, in bytes as JSON, by a cautious estimate.
const BYTES: usize = 64_000;
/// How deep schemas are shown.
const DEPTH: usize = 8;
/// Longest description of an operation, in bytes.
const DESCRIPTION: usize = 32_000;
/// Responses that are shown.
const RESPONSES: usize = 60;

/// The pages of all operations, in the order of the document. Each is handed out as it is made, so that they need not
/// be in memory together.
pub fn pages(document: &Document) -> impl Iterator<Item = OperationPage> {
    operations::all(document)
        .into_iter()
        .map(move |operation| of(document, &operation))
}

/// The page of one operation, by its key.
pub fn page(document: &Document, key: &str) -> Option<OperationPage> {
    let operations = operations::all(document);
    let operation = operations.iter().find(|operation| operation.key == key)?;
    Some(of(document, operation))
}

fn of(document: &Document, operation: &Operation<'_>) -> OperationPage {
    let budget = Budget {
        depth: DEPTH,
        bytes: BYTES,
        schemas: schemas(document, operation),
    };
    let mut builder = Builder::new(document, budget);
    let mut page = build(document, operation, &mut builder);
    page.shortened = builder.shortened();
    page
}

/// The schemas that share a page: those of bodies count, parameters are small.
fn schemas(document: &Document, operation: &Operation<'_>) -> usize {
    let contents = |owner: Option<&Value>| {
        let content = owner
            .and_then(|owner| document.resolve(owner))
            .and_then(|owner| owner.get("content"));
        content
            .and_then(Value::as_object)
            .map_or(0, |content| content.len())
    };
    let responses = operation
        .value
        .get("responses")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let answers: usize = responses
        .map(|(_, response)| contents(Some(response)))
        .sum();
    contents(operation.value.get("requestBody")) + answers
}

/// The page of an operation, with as much of its schemas as the builder's budget allows.
pub(crate) fn build<'d>(
    document: &'d Document,
    operation: &Operation<'d>,
    builder: &mut Builder<'d>,
) -> OperationPage {
    let value = operation.value;
    OperationPage {
        key: operation.key.clone(),
        method: operation.method.clone(),
        path: operation.path.to_owned(),
        title: shorten(&operation.title(), 300),
        operation_id: operation.id().map(str::to_owned),
        description: text(value, "description")
            .or_else(|| text(operation.item, "description"))
            .map(|text| shorten(text, DESCRIPTION)),
        tags: operation.tags(),
        deprecated: operation.deprecated(),
        external_docs: external_docs(value),
        servers: servers_of(document, operation),
        security: security::alternatives(document, value),
        parameters: parameters::read(document, operation, builder),
        request_body: request_body(document, value, builder),
        responses: responses(document, value, builder),
        callbacks: names(value, "callbacks"),
        shortened: false,
    }
}

pub(super) fn external_docs(value: &Value) -> Option<ExternalDocs> {
    let docs = value.get("externalDocs")?;
    Some(ExternalDocs {
        url: text(docs, "url")?.to_owned(),
        description: text(docs, "description").map(str::to_owned),
    })
}

fn servers_of(document: &Document, operation: &Operation<'_>) -> Vec<servers::Server> {
    let owners = [operation.value, operation.item, document.root()];
    let servers = owners
        .iter()
        .map(|owner| list(owner, "servers"))
        .find(|servers| !servers.is_empty());
    servers
        .unwrap_or_default()
        .iter()
        .take(20)
        .filter_map(servers::read)
        .collect()
}

fn request_body<'d>(
    document: &'d Document,
    operation: &'d Value,
    builder: &mut Builder<'d>,
) -> Option<RequestBody> {
    let body = document.resolve(operation.get("requestBody")?)?;
    Some(RequestBody {
        required: flag(body, "required"),
        description: text(body, "description").map(|text| builder.text(text, 4_000)),
        contents: content::read(document, body, Direction::Request, builder),
    })
}

fn responses<'d>(
    document: &'d Document,
    operation: &'d Value,
    builder: &mut Builder<'d>,
) -> Vec<Response> {
    let written = operation
        .get("responses")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let mut written: Vec<_> = written
        .filter(|(status, _)| !status.starts_with("x-"))
        .collect();
    // Letters come after digits: `default` is last, `4XX` after each `40x`.
    written.sort_by_key(|(status, _)| *status);
    written
        .into_iter()
        .take(RESPONSES)
        .map(|(status, response)| match document.resolve(response) {
            Some(response) => {
                let headers = parameters::headers(document, response, builder);
                Response {
                    status: status.clone(),
                    description: text(response, "description")
                        .map(|text| builder.text(text, 4_000)),
                    headers,
                    contents: content::read(document, response, Direction::Response, builder),
                    links: names(response, "links"),
                }
            }
            None => Response {
                status: status.clone(),
                description: None,
                headers: Vec::new(),
                contents: Vec::new(),
                links: Vec::new(),
            },
        })
        .collect()
}

fn names(value: &Value, member: &str) -> Vec<String> {
    let members = value
        .get(member)
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    members
        .map(|(name, _)| name.clone())
        .filter(|name| !name.starts_with("x-"))
        .take(50)
        .collect()
}

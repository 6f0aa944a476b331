//! Operations: parameters, answers, security, ids.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::document::{Document, list, text};
use crate::finding::Findings;
use crate::operations::{self, Operation};
use crate::pointer;
use crate::reference::place_of;

pub(super) fn check(document: &Document, findings: &mut Findings) {
    let mut ids: HashMap<&str, String> = HashMap::new();
    let operations = operations::all(document);
    let limit = document.limits().operations;
    if operations.len() >= limit {
        findings.error(
            "/paths",
            format!("the document has {limit} operations or more"),
            "Those after that many are left out.",
        );
    }
    for operation in operations {
        parameters(document, &operation, findings);
        answers(&operation, findings);
        security(document, &operation, findings);
        if let Some(id) = operation.id()
            && let Some(first) = ids.insert(id, format!("{} {}", operation.method, operation.path))
        {
            findings.warning(
                &format!("{}/operationId", operation.pointer),
                format!("the operation id `{id}` is used by {first} too"),
                "This operation gets a key of its own.",
            );
        }
    }
}

fn parameters(document: &Document, operation: &Operation<'_>, findings: &mut Findings) {
    let in_path: Vec<&str> = operation
        .path
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name)
        .collect();
    let mut described = HashSet::new();
    for (parameter, place) in operation.parameters(document) {
        match (text(parameter, "name"), place_of(parameter)) {
            (Some(name), Some(kind)) => {
                if kind == crate::reference::Place::Path {
                    described.insert(name);
                    if !in_path.contains(&name) {
                        findings.warning(
                            &place,
                            format!("the path parameter `{name}` is not in `{}`", operation.path),
                            "It is shown, but cannot be sent.",
                        );
                    }
                }
            }
            (None, _) => findings.error(
                &place,
                "a parameter has no name".to_owned(),
                "It is left out.",
            ),
            (Some(name), None) => findings.error(
                &place,
                format!("the parameter `{name}` does not say where it is sent"),
                "It is left out.",
            ),
        }
    }
    for name in in_path.iter().filter(|name| !described.contains(**name)) {
        findings.warning(
            &operation.pointer,
            format!("`{{{name}}}` is not described as a path parameter"),
            "The route matches it; the reference does not show it.",
        );
    }
}

fn answers(operation: &Operation<'_>, findings: &mut Findings) {
    match operation.value.get("responses") {
        Some(Value::Object(responses)) if !responses.is_empty() => {
            for (status, _) in responses.iter().filter(|(status, _)| !is_status(status)) {
                findings.warning(
                    &pointer::join(&format!("{}/responses", operation.pointer), status),
                    format!("`{status}` is not a status"),
                    "It is shown as it is written.",
                );
            }
        }
        _ => findings.warning(
            &operation.pointer,
            "no answer is described".to_owned(),
            "The portal shows “not documented”.",
        ),
    }
}

fn is_status(text: &str) -> bool {
    let letters = text.as_bytes();
    text == "default"
        || text.starts_with("x-")
        || (letters.len() == 3
            && (b'1'..=b'5').contains(&letters[0])
            && (text.bytes().all(|letter| letter.is_ascii_digit())
                || text[1..].eq_ignore_ascii_case("xx")))
}

fn security(document: &Document, operation: &Operation<'_>, findings: &mut Findings) {
    let Some(written) = operation.value.get("security") else {
        return;
    };
    let place = format!("{}/security", operation.pointer);
    let own = list(operation.value, "security");
    let by_default = list(document.root(), "security");
    if own.is_empty() && written.is_array() && !by_default.is_empty() {
        findings.warning(
            &place,
            "`security: []` opens the operation to everybody".to_owned(),
            "Its route asks for no credential. Leave it out if it is for monitoring only.",
        );
    }
    for (index, alternative) in own.iter().enumerate() {
        for (name, _) in alternative.as_object().into_iter().flatten() {
            if document
                .components("securitySchemes")
                .is_none_or(|schemes| !schemes.contains_key(name))
            {
                findings.warning(
                    &format!("{place}/{index}"),
                    format!("the security scheme `{name}` is not declared"),
                    "The reference shows its name only.",
                );
            }
        }
    }
}

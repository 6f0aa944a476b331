//! What the documents of versions promise, where a policy asks for it.

use std::collections::HashMap;

use declaration::{Body, Document, Item, ItemKind};
use gateway_policies::{mock_response, request_validator, response_validator};
use gateway_snapshot::model;
use openapi::contract::Wants;
use uuid::Uuid;

use super::named;

/// What policies ask of the documents of versions: by the version's path, or of all of them under an empty one.
pub(super) fn wants(items: &[Item]) -> HashMap<String, Wants> {
    let mut found: HashMap<String, Wants> = HashMap::new();
    for item in items {
        let Body::Policy(policy) = &item.body else {
            continue;
        };
        let none = Wants::default();
        let wanted = match policy.kind.as_str() {
            kind if kind == request_validator::KIND.name => Wants {
                requests: true,
                ..none
            },
            kind if kind == response_validator::KIND.name => Wants {
                responses: true,
                ..none
            },
            kind if kind == mock_response::KIND.name => Wants {
                examples: true,
                ..none
            },
            _ => continue,
        };
        let path = match &item.parent {
            Some(key) if matches!(key.kind, ItemKind::Version | ItemKind::Route) => key
                .path
                .splitn(3, '/')
                .take(2)
                .collect::<Vec<_>>()
                .join("/"),
            Some(key) if key.kind == ItemKind::Api => key.path.clone(),
            _ => String::new(),
        };
        let entry = found.entry(path).or_default();
        *entry = entry.and(wanted);
    }
    found
}

/// What the document of a version promises, where a policy asks for it.
pub(super) fn contract(
    wants: &HashMap<String, Wants>,
    own: Uuid,
    api: &str,
    one: &declaration::Version,
) -> Result<Option<model::Contract>, String> {
    let version = format!("{api}/{}", one.label);
    let wanted = ["", api, &version]
        .iter()
        .filter_map(|path| wants.get(*path))
        .fold(None, |sum: Option<Wants>, one| {
            Some(sum.unwrap_or_default().and(*one))
        });
    let (Some(wanted), Some(Document::Text(document))) = (wanted, &one.document) else {
        return Ok(None);
    };
    let read = openapi::parse(document.text.as_bytes(), &openapi::Limits::default())
        .map_err(|error| error.to_string())?;
    let contract =
        openapi::contract::of(&read, wanted, |_| true).map_err(|error| error.to_string())?;
    let text = serde_json::to_string(&contract).map_err(|error| error.to_string())?;
    let previews = openapi::import::preview(&read).routes;
    let operations = previews.into_iter().map(|preview| {
        let id = operation(&version, &preview.key);
        (id.into(), preview.key)
    });
    Ok(Some(model::Contract {
        api_version: own.into(),
        operations: operations.collect(),
        document: text.into(),
    }))
}

/// The id of an operation of a version.
pub(super) fn operation(version: &str, slug: &str) -> Uuid {
    named(&format!("operation {version}/{slug}"))
}

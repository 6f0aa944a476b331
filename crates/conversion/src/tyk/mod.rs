//! Tyk: API definitions, classic and Tyk OAS, one or a list.

mod classic;
mod oas;

use serde_json::Value;

use crate::names::Slugs;
use crate::placement::Group;
use crate::report::Report;
use crate::source::{self, SourceError};
use crate::{Converted, parts, placement};

/// What is gathered of all definitions.
struct Work {
    made: declaration::Declaration,
    groups: Vec<Group>,
    /// Documents, by the API that they describe.
    documents: Vec<(usize, declaration::Document)>,
    slugs: Slugs,
    report: Report,
}

/// Converts one definition of Tyk, or a list of them.
///
/// # Errors
/// When the file cannot be read, or holds no definition.
pub fn tyk(bytes: &[u8]) -> Result<Converted, SourceError> {
    let value = source::read(bytes)?;
    let definitions: Vec<(&Value, String)> = match &value {
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, one)| (inner(one), format!("[{index}]")))
            .collect(),
        other => match other.get("apis").and_then(Value::as_array) {
            Some(list) => list
                .iter()
                .enumerate()
                .map(|(index, one)| (inner(one), format!("apis[{index}]")))
                .collect(),
            None => vec![(inner(other), String::new())],
        },
    };
    let mut work = Work {
        made: parts::declaration(),
        groups: Vec::new(),
        documents: Vec::new(),
        slugs: Slugs::default(),
        report: Report::default(),
    };
    for (definition, place) in definitions {
        if definition.get("x-tyk-api-gateway").is_some() {
            oas::read(definition, &place, &mut work);
        } else if definition.get("proxy").is_some() {
            classic::read(definition, &place, &mut work);
        } else {
            return Err(SourceError::Other {
                what: "definition of Tyk",
                why: format!("{place} has neither `proxy` nor `x-tyk-api-gateway`"),
            });
        }
    }
    let Work {
        mut made,
        groups,
        documents,
        mut report,
        ..
    } = work;
    for (api, version) in placement::versions(groups, &mut report) {
        made.apis[api].versions.push(version);
    }
    for (api, document) in documents {
        if let Some(version) = made.apis[api].versions.first_mut() {
            version.document = Some(document);
        }
    }
    made.apis.retain(|api| !api.versions.is_empty());
    Ok(Converted {
        declaration: made,
        report,
        secrets: Vec::new(),
    })
}

/// The dashboard wraps a definition.
fn inner(value: &Value) -> &Value {
    value.get("api_definition").unwrap_or(value)
}

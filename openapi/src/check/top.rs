//! What stands at the top of a document: info, servers, paths, security.

use serde_json::Value;

use crate::document::{Document, list, text};
use crate::finding::Findings;
use crate::operations::METHODS;
use crate::pointer;
use crate::servers::{Server, ServerKind};
use crate::version::Version;

/// Members that a path item may have besides methods.
const ITEM_MEMBERS: [&str; 6] = [
    "$ref",
    "summary",
    "description",
    "servers",
    "parameters",
    "additionalOperations",
];

pub(super) fn check(document: &Document, servers: &[Server], findings: &mut Findings) {
    info(document, findings);
    addresses(document, servers, findings);
    paths(document, findings);
    security(document, findings);
}

fn info(document: &Document, findings: &mut Findings) {
    let Some(info) = document.root().get("info").filter(|info| info.is_object()) else {
        return findings.warning(
            "/info",
            "`info` is missing".to_owned(),
            "The API is called “Untitled API”.",
        );
    };
    if text(info, "title").is_none() {
        findings.warning(
            "/info/title",
            "the API has no title".to_owned(),
            "It is called “Untitled API”.",
        );
    }
    match info.get("version") {
        Some(Value::String(version)) if !version.trim().is_empty() => {}
        Some(Value::Number(_)) => {
            findings.note(
                "/info/version",
                "the version is written as a number".to_owned(),
                "It is read as text.",
            );
        }
        _ => findings.note(
            "/info/version",
            "the API has no version".to_owned(),
            "Its revisions are only numbered.",
        ),
    }
}

fn addresses(document: &Document, servers: &[Server], findings: &mut Findings) {
    if !servers.iter().any(|server| server.kind.is_absolute()) {
        findings.note(
            "/servers",
            "no server has an absolute address".to_owned(),
            "Name the upstream yourself before publishing.",
        );
    }
    for (index, written) in list(document.root(), "servers").iter().enumerate() {
        let place = format!("/servers/{index}");
        let Some(server) = crate::servers::read(written) else {
            findings.warning(
                &place,
                "the server has no address".to_owned(),
                "It is passed over.",
            );
            continue;
        };
        for variable in server
            .variables
            .iter()
            .filter(|variable| variable.value.is_none())
        {
            findings.warning(
                &format!("{place}/url"),
                format!("the variable `{}` has no default", variable.name),
                "The server cannot be used as an upstream.",
            );
        }
        if server.kind == ServerKind::Relative && document.version() != Version::Swagger20 {
            findings.note(
                &format!("{place}/url"),
                format!("`{}` is relative to where the document lies", server.url),
                "It says nothing about the upstream.",
            );
        }
    }
}

fn paths(document: &Document, findings: &mut Findings) {
    let paths = match document.root().get("paths") {
        Some(Value::Object(paths)) => paths,
        Some(_) => {
            return findings.error(
                "/paths",
                "`paths` is not an object".to_owned(),
                "No operation is imported.",
            );
        }
        None => {
            return findings.warning(
                "/paths",
                "the document has no paths".to_owned(),
                "No route is made.",
            );
        }
    };
    if paths.is_empty() {
        findings.warning(
            "/paths",
            "the document has no paths".to_owned(),
            "No route is made.",
        );
    }
    for (path, item) in paths.iter().filter(|(path, _)| !path.starts_with("x-")) {
        let place = pointer::join("/paths", path);
        let Some(members) = document.resolve(item).and_then(Value::as_object) else {
            if item.get("$ref").is_none() {
                findings.error(
                    &place,
                    format!("the path `{path}` is not an object"),
                    "It is left out.",
                );
            }
            continue;
        };
        for (name, value) in members {
            let is_method = METHODS.contains(&name.as_str());
            if is_method && !value.is_object() {
                findings.error(
                    &pointer::join(&place, name),
                    format!("`{name}` is not an operation"),
                    "It is left out.",
                );
            } else if !is_method
                && !name.starts_with("x-")
                && !ITEM_MEMBERS.contains(&name.as_str())
            {
                let lower = METHODS.contains(&name.to_ascii_lowercase().as_str());
                let message = if lower {
                    format!("`{name}` must be written in small letters")
                } else {
                    format!("`{name}` is not known in a path")
                };
                findings.warning(&pointer::join(&place, name), message, "It is ignored.");
            }
        }
    }
}

fn security(document: &Document, findings: &mut Findings) {
    for (name, written) in document.components("securitySchemes").into_iter().flatten() {
        let place = pointer::join("/components/securitySchemes", name);
        let Some(scheme) = document.resolve(written) else {
            continue;
        };
        if let crate::security::SchemeKind::Unknown { written } = crate::security::kind(scheme) {
            findings.warning(
                &place,
                format!("the security scheme `{name}` has the unknown type `{written}`"),
                "It is not imported.",
            );
        }
        if text(scheme, "type") == Some("apiKey") && text(scheme, "name").is_none() {
            findings.warning(
                &place,
                format!("the API key `{name}` does not say its name"),
                "`X-API-Key` is assumed.",
            );
        }
    }
}

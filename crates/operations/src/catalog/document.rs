//! The document of a version, to download.

use domain::actor::Actor;
use openapi::Limits;
use serde_json::{Value, json};
use store::spec_revisions::{self, SpecRevision};

use super::api::{base_url, choose};
use crate::error::{Error, Result};
use crate::platform::Platform;

/// How a document is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As it was uploaded, byte for byte.
    Uploaded,
    /// OpenAPI 3 in JSON, with the gateway as its server.
    Json,
    /// OpenAPI 3 in YAML, with the gateway as its server.
    Yaml,
}

/// A file.
#[derive(Debug, Clone)]
pub struct Download {
    /// A name for it.
    pub file_name: String,
    /// Its media type.
    pub media_type: String,
    /// Its content.
    pub content: Vec<u8>,
}

/// The current document of a version.
pub async fn document(
    platform: &Platform,
    actor: &Actor,
    slug: &str,
    label: Option<&str>,
    format: Format,
) -> Result<Download> {
    let mut conn = platform.db.read().await?;
    let (api, _, version) = choose(&mut conn, actor, slug, label).await?;
    let row = spec_revisions::find(&mut conn, actor.workspace, version.spec_revision_id)
        .await?
        .ok_or_else(|| Error::not_found("document", slug))?;
    drop(conn);
    let name = format!("{}-{}", api.slug, version.label);
    if format == Format::Uploaded {
        return Ok(uploaded(&name, row));
    }
    let server = base_url(&platform.settings.gateway_url, &version);
    let content = tokio::task::spawn_blocking(move || written(&row.source, &server, format))
        .await
        .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
    let (ending, media_type) = match format {
        Format::Yaml => ("yaml", "application/yaml"),
        Format::Json | Format::Uploaded => ("json", "application/json"),
    };
    Ok(Download {
        file_name: format!("{name}.{ending}"),
        media_type: media_type.to_owned(),
        content,
    })
}

fn uploaded(name: &str, row: SpecRevision) -> Download {
    let ending = if row.media_type.ends_with("json") {
        "json"
    } else {
        "yaml"
    };
    Download {
        file_name: format!("{name}-source.{ending}"),
        media_type: row.media_type,
        content: row.source,
    }
}

/// The document in its 3.x form. Its servers are the upstream's, which callers neither reach nor need to know: at the top
/// as well as at each path and operation.
fn written(source: &[u8], server: &str, format: Format) -> Result<Vec<u8>> {
    let document = openapi::parse(source, &Limits::default()).map_err(Error::Unreadable)?;
    let mut root = document.root().clone();
    for item in members(root.get_mut("paths")) {
        remove_servers(item);
        for operation in members(Some(item)) {
            remove_servers(operation);
        }
    }
    if let Value::Object(top) = &mut root {
        top.insert("servers".to_owned(), json!([{ "url": server }]));
    }
    Ok(match format {
        Format::Yaml => yaml_serde::to_string(&root)
            .expect("JSON has text keys only")
            .into_bytes(),
        Format::Json | Format::Uploaded => {
            serde_json::to_vec_pretty(&root).expect("JSON has text keys only")
        }
    })
}

fn members(value: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    value
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
        .map(|(_, value)| value)
}

fn remove_servers(value: &mut Value) {
    if let Value::Object(map) = value {
        map.shift_remove("servers");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\nservers: [{url: https://inner.example}]\n\
        paths:\n  /a:\n    servers: [{url: https://inner.example}]\n    get:\n      servers: [{url: https://inner.example}]\n      \
        responses: {}\n";

    #[test]
    fn the_gateway_takes_the_place_of_the_upstream() {
        for format in [Format::Json, Format::Yaml] {
            let text =
                written(SOURCE.as_bytes(), "https://api.example/t", format).expect("a document");
            let text = String::from_utf8(text).expect("text");
            assert!(text.contains("https://api.example/t"), "{text}");
            assert!(!text.contains("inner.example"), "{text}");
        }
    }
}

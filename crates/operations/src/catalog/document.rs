//! The document of a version, to download.

use domain::access::Permission;
use domain::actor::Actor;
use domain::id::ApiVersionId;
use openapi::{Limits, Published, Syntax};
use store::Conn;
use store::api_versions::ApiVersion;
use store::apis::Api;
use store::spec_revisions::{self, SpecRevision};

use super::api::choose;
use super::published;
use crate::access::need;
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
    download(platform, actor, conn, (api, version), format).await
}

/// The current document of a version of any state, for the platform team.
pub async fn document_of_version(
    platform: &Platform,
    actor: &Actor,
    version: ApiVersionId,
    format: Format,
) -> Result<Download> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    let version = crate::versions::load(&mut conn, actor.workspace, version).await?;
    let api = crate::apis::load(&mut conn, actor.workspace, version.api_id).await?;
    download(platform, actor, conn, (api, version), format).await
}

async fn download(
    platform: &Platform,
    actor: &Actor,
    mut conn: Conn,
    (api, version): (Api, ApiVersion),
    format: Format,
) -> Result<Download> {
    let row = spec_revisions::find(&mut conn, actor.workspace, version.spec_revision_id)
        .await?
        .ok_or_else(|| Error::not_found("document", &api.slug))?;
    let name = format!("{}-{}", api.slug, version.label);
    if format == Format::Uploaded {
        return Ok(uploaded(&name, row));
    }
    let published = published::of(platform, &mut conn, actor, &version).await?;
    drop(conn);
    let content = tokio::task::spawn_blocking(move || written(&row.source, &published, format))
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

/// The document in its 3.x form, as the gateway publishes it.
fn written(source: &[u8], published: &Published, format: Format) -> Result<Vec<u8>> {
    let document = openapi::parse(source, &Limits::default()).map_err(Error::Unreadable)?;
    let syntax = match format {
        Format::Yaml => Syntax::Yaml,
        Format::Json | Format::Uploaded => Syntax::Json,
    };
    let text = document.write(syntax, Some(published));
    Ok(text.expect("JSON has text keys only").into_bytes())
}

//! What an import would make, and what stands in its way here.

use domain::access::Permission;
use domain::actor::Actor;
use domain::id::{ApiId, UpstreamId};
use domain::text::Slug;
use store::{Conn, apis, upstreams};

use super::reading;
use super::source::{self, Source};
use crate::access::need;
use crate::error::Result;
use crate::platform::Platform;
use crate::upstreams::address;
use crate::versions::clash;

/// What an import would make.
#[derive(Debug, Clone)]
pub struct Preview {
    /// What the document holds, and what was found wrong in it.
    pub document: openapi::import::Preview,
    /// The document itself, byte for byte: what to give to the next step.
    pub source: Vec<u8>,
    /// SHA-256 of the document, in hexadecimal.
    pub checksum: String,
    /// The API that has the suggested slug already, with its name: the document may be a version of it.
    pub existing_api: Option<(ApiId, String)>,
    /// The upstream that the document names.
    pub upstream: Option<UpstreamNote>,
    /// The version on the gateway that has the suggested base path, as "Shipping Rates v2".
    pub base_path_holder: Option<String>,
}

/// The address that a document names as its server.
#[derive(Debug, Clone)]
pub struct UpstreamNote {
    /// The address.
    pub url: String,
    /// Why it cannot be an upstream, as the end of a sentence about it.
    pub refused: Option<String>,
    /// The upstream that has this address as its only target already.
    pub existing: Option<(UpstreamId, String)>,
}

/// Reads a document and tells what importing it would make. Changes nothing.
pub async fn preview(platform: &Platform, actor: &Actor, source: Source) -> Result<Preview> {
    need(actor, Permission::CatalogWrite)?;
    let source = source::read(platform, source).await?;
    let (document, checksum) = reading::glance(source.clone()).await?;
    let mut conn = platform.db.read().await?;
    let existing_api = match document.slug.parse::<Slug>() {
        Ok(slug) => apis::find_by_slug(&mut conn, actor.workspace, &slug).await?,
        Err(_) => None,
    };
    let upstream = match &document.upstream {
        Some(url) => Some(note(platform, &mut conn, actor, url).await?),
        None => None,
    };
    Ok(Preview {
        existing_api: existing_api.map(|api| (api.id, api.name.to_string())),
        upstream,
        base_path_holder: clash::holder(&mut conn, actor.workspace, &document.base_path).await?,
        document,
        source,
        checksum,
    })
}

async fn note(
    platform: &Platform,
    conn: &mut Conn,
    actor: &Actor,
    url: &str,
) -> Result<UpstreamNote> {
    match address::parse(url, &platform.settings.upstreams) {
        Err(error) => Ok(UpstreamNote {
            url: url.to_owned(),
            refused: Some(error.to_string()),
            existing: None,
        }),
        Ok(url) => {
            let existing = existing(conn, actor, &url).await?;
            Ok(UpstreamNote {
                url,
                refused: None,
                existing,
            })
        }
    }
}

/// The upstream that has this address as its only target.
pub(super) async fn existing(
    conn: &mut Conn,
    actor: &Actor,
    url: &str,
) -> Result<Option<(UpstreamId, String)>> {
    let targets = upstreams::targets_of_workspace(conn, actor.workspace).await?;
    let of_one = targets.chunk_by(|one, other| one.upstream_id == other.upstream_id);
    for group in of_one {
        if let [only] = group
            && only.url == url
            && only.enabled
            && let Some(row) = upstreams::find(conn, actor.workspace, only.upstream_id).await?
        {
            return Ok(Some((row.id, row.name.to_string())));
        }
    }
    Ok(None)
}

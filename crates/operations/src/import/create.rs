//! Making an API version from a document, as a draft.

use std::collections::HashSet;

use domain::access::Permission;
use domain::actor::Actor;
use domain::api::Visibility;
use domain::id::{ApiId, UpstreamId};
use domain::text::NAME_MOST;
use gateway_snapshot::settings::UpstreamSettings;
use openapi::Finding;
use openapi::import::Info;
use serde_json::json;
use store::api_versions::ApiVersion;
use store::apis::Api;

use super::reading::{self, Reading};
use super::source::{self, Source};
use super::{apply, auth, preview};
use crate::access::need;
use crate::error::Result;
use crate::platform::Platform;
use crate::upstreams::{self, TargetInput, address};
use crate::work::Work;
use crate::{apis, policies, versions};

/// What to make from a document. What is left out is taken from the document.
#[derive(Debug, Clone)]
pub struct New {
    /// The document.
    pub source: Source,
    /// The API that it becomes a version of; a new one when left out. Name, slug, summary, visibility and tags are for a
    /// new one only.
    pub api: Option<ApiId>,
    /// The API's name.
    pub name: Option<String>,
    /// The API's name in URLs.
    pub slug: Option<String>,
    /// One sentence for its card.
    pub summary: Option<String>,
    /// Who sees it in the portal.
    pub visibility: Visibility,
    /// Words to filter by.
    pub tags: Vec<String>,
    /// The version's label.
    pub label: Option<String>,
    /// Where its requests go.
    pub upstream: UpstreamChoice,
    /// Host names; none for every host.
    pub hosts: Vec<String>,
    /// What stands before the path of each route.
    pub base_path: Option<String>,
    /// Keys of operations that get no route.
    pub left_out: Vec<String>,
    /// Keys of operations that everybody may call without a credential.
    pub open: Vec<String>,
}

impl New {
    /// Everything as the document says, seen by everybody once it is published.
    pub fn from(source: Source) -> Self {
        Self {
            source,
            api: None,
            name: None,
            slug: None,
            summary: None,
            visibility: Visibility::Public,
            tags: Vec::new(),
            label: None,
            upstream: UpstreamChoice::FromDocument,
            hosts: Vec::new(),
            base_path: None,
            left_out: Vec::new(),
            open: Vec::new(),
        }
    }
}

/// Where the requests of an imported version go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpstreamChoice {
    /// To the document's first server with a host: an upstream that has this address already, else a new one.
    FromDocument,
    /// To this address, by a new upstream.
    Address(String),
    /// To an upstream that is there.
    Existing(UpstreamId),
    /// Nowhere yet.
    Later,
}

/// What was made.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The API, new or not.
    pub api: Api,
    /// The version: a draft.
    pub version: ApiVersion,
    /// How many operations it has.
    pub operations: usize,
    /// How many routes were made.
    pub routes: usize,
    /// What was found wrong in the document.
    pub findings: Vec<Finding>,
}

/// Makes an API version from a document in one transaction: upstream, API, version, document, operations with their pages,
/// routes, and `key_auth`.
pub async fn create(platform: &Platform, actor: &Actor, new: New) -> Result<Imported> {
    need(actor, Permission::CatalogWrite)?;
    let source = source::read(platform, new.source.clone()).await?;
    let reading = reading::read(source, None).await?;
    let mut work = platform.begin(actor).await?;
    let imported = write(platform, actor, &mut work, &new, reading).await?;
    work.commit().await?;
    Ok(imported)
}

async fn write(
    platform: &Platform,
    actor: &Actor,
    work: &mut Work,
    new: &New,
    reading: Reading,
) -> Result<Imported> {
    let api = match new.api {
        Some(id) => apis::load(work.conn(), actor.workspace, id).await?,
        None => {
            let mut checked = apis::check(api_input(new, &reading))?;
            if new.slug.is_none() && new.name.is_none() {
                let suggested = &reading.preview.slug;
                checked.slug =
                    Some(apis::free_slug(work.conn(), actor.workspace, suggested).await?);
            }
            apis::insert(platform, work, checked).await?
        }
    };
    let upstream = upstream(platform, actor, work, new, &reading, &api).await?;
    let input = versions::Input {
        label: new
            .label
            .clone()
            .unwrap_or_else(|| label(&reading.preview.info)),
        upstream,
        hosts: new.hosts.clone(),
        base_path: new
            .base_path
            .clone()
            .unwrap_or_else(|| reading.preview.base_path.clone()),
    };
    let document = platform.new_id();
    let version =
        versions::insert(platform, work, api.id, versions::check(input)?, document).await?;
    let author = actor.account().unwrap_or_default();
    apply::revision(work, &version, document, author, &reading).await?;
    let routes = operations_and_routes(platform, work, new, &version, &reading).await?;
    policies::insert(platform, work, auth::policy(version.id, &reading.preview)).await?;
    let told = json!({
        "api": api.slug, "label": version.label, "checksum": reading.checksum,
        "operations": reading.operations.len(), "routes": routes,
    });
    work.audit(
        "document.imported",
        "api_version",
        version.id,
        api.name.as_str(),
        None,
        Some(told),
    );
    Ok(Imported {
        api,
        version,
        operations: reading.operations.len(),
        routes,
        findings: reading.preview.findings,
    })
}

async fn operations_and_routes(
    platform: &Platform,
    work: &mut Work,
    new: &New,
    version: &ApiVersion,
    reading: &Reading,
) -> Result<usize> {
    let ids = apply::operations(platform, work, version, reading).await?;
    let left_out: HashSet<&str> = new.left_out.iter().map(String::as_str).collect();
    let open: HashSet<&str> = new.open.iter().map(String::as_str).collect();
    let mut routes = 0;
    for preview in &reading.preview.routes {
        let wanted = preview.imported && !left_out.contains(preview.key.as_str());
        if let Some(id) = ids.get(&preview.key).filter(|_| wanted) {
            let route = apply::route(platform, work, version, *id, preview, &open);
            apply::insert_route(work, &route).await?;
            routes += 1;
        }
    }
    Ok(routes)
}

async fn upstream(
    platform: &Platform,
    actor: &Actor,
    work: &mut Work,
    new: &New,
    reading: &Reading,
    api: &Api,
) -> Result<Option<UpstreamId>> {
    let (url, may_exist) = match (&new.upstream, &reading.preview.upstream) {
        (UpstreamChoice::Existing(id), _) => return Ok(Some(*id)),
        (UpstreamChoice::Later, _) | (UpstreamChoice::FromDocument, None) => return Ok(None),
        (UpstreamChoice::Address(url), _) => (url, false),
        (UpstreamChoice::FromDocument, Some(url)) => (url, true),
    };
    let url = address::parse(url, &platform.settings.upstreams)
        .map_err(|error| crate::Error::invalid("upstream_url", format!("`{url}` {error}")))?;
    if may_exist && let Some((id, _)) = preview::existing(work.conn(), actor, &url).await? {
        return Ok(Some(id));
    }
    let slug = upstreams::free_slug(work.conn(), actor.workspace, api.slug.as_str()).await?;
    let checked = upstreams::check(
        platform,
        upstreams::Input {
            name: api.name.to_string(),
            slug: Some(slug.to_string()),
            settings: UpstreamSettings::default(),
            targets: vec![TargetInput::at(url)],
        },
    )?;
    Ok(Some(upstreams::insert(platform, work, checked).await?.id))
}

fn api_input(new: &New, reading: &Reading) -> apis::Input {
    let info = &reading.preview.info;
    let description = info.description.as_deref().unwrap_or_default();
    let summary = || {
        info.summary
            .clone()
            .unwrap_or_else(|| openapi::markdown::summary(description, 200))
    };
    apis::Input {
        name: new
            .name
            .clone()
            .unwrap_or_else(|| printable(&info.title, NAME_MOST)),
        slug: new.slug.clone(),
        summary: new
            .summary
            .clone()
            .unwrap_or_else(|| printable(&summary(), apis::SUMMARY_MOST)),
        description: printable(description, apis::DESCRIPTION_MOST),
        visibility: new.visibility,
        tags: new.tags.clone(),
        owner: None,
    }
}

/// A text of a document, without what cannot be shown and cut to what is kept: documents are not refused for these.
fn printable(text: &str, most: usize) -> String {
    let shown = |c: &char| {
        let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        !turns && (!c.is_control() || matches!(c, '\n' | '\r' | '\t'))
    };
    let text: String = text.trim().chars().filter(shown).take(most).collect();
    match most {
        NAME_MOST => text.split_whitespace().collect::<Vec<_>>().join(" "),
        _ => text,
    }
}

/// `v2` from version 2.1.0; `v1` where the document has none that begins with a small number.
fn label(info: &Info) -> String {
    let version = info
        .version
        .as_deref()
        .unwrap_or_default()
        .trim()
        .trim_start_matches(['v', 'V']);
    let major = version
        .split(['.', '-', '+'])
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major @ 1..100) => format!("v{major}"),
        _ => "v1".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_come_from_the_major_version() {
        let of = |version: &str| {
            label(&Info {
                version: Some(version.to_owned()),
                ..Info::default()
            })
        };
        assert_eq!(
            (of("2.1.0"), of("v3"), of("2026-11-20"), of("")),
            ("v2".into(), "v3".into(), "v1".into(), "v1".into())
        );
    }

    #[test]
    fn texts_of_documents_are_cut_not_refused() {
        assert_eq!(printable(" A\u{202e}\u{7}b\n c ", NAME_MOST), "Ab c");
        assert_eq!(printable("abc", 2), "ab");
    }
}

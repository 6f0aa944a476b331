//! One API as the portal shows it: its version, its document's overview, the index of its operations, and their pages.

use std::collections::BTreeSet;

use domain::Timestamp;
use domain::actor::Actor;
use domain::api::{Lifecycle, PolicyScope};
use domain::id::{ApiVersionId, OperationId};
use domain::text::Slug;
use gateway_policies::key_auth;
use openapi::KeyPlace;
use openapi::reference::{self, Group, Index, OperationPage};
use openapi::samples::Credential;
use store::api_operations::Entry;
use store::api_versions::{self, ApiVersion};
use store::apis::{self, Api};
use store::{Conn, accounts, api_operations, policies, routes, spec_revisions};
use url::Url;
use uuid::Uuid;

use super::list::current;
use super::sight;
use crate::error::{Error, Result};
use crate::import::Overview;
use crate::platform::Platform;

/// An API with one of its versions.
#[derive(Debug, Clone)]
pub struct ApiPage {
    /// The API.
    pub api: Api,
    /// Who answers for it; none for the platform team.
    pub owner: Option<String>,
    /// The version that is shown.
    pub version: ApiVersion,
    /// The label of the version that is shown when none is named.
    pub current: String,
    /// All versions that are not drafts, newest first.
    pub versions: Vec<VersionHead>,
    /// The version that comes after this one: name in URLs of its API, and its label.
    pub successor: Option<(String, String)>,
    /// Where the gateway answers for it, without a slash at the end.
    pub base_url: String,
    /// Where callers put their key.
    pub credential: Credential,
    /// What the document says of the API as a whole; none without a document.
    pub overview: Option<Overview>,
    /// The operations, in groups.
    pub index: Index,
    /// The ids of the operations, in the order of the document.
    pub operations: Vec<(OperationId, String)>,
    /// Names in URLs of the operations that the gateway has no route for: calls to them are refused.
    pub unserved: BTreeSet<String>,
}

/// A version in the list of an API's versions.
#[derive(Debug, Clone)]
pub struct VersionHead {
    /// Its id.
    pub id: ApiVersionId,
    /// Its label.
    pub label: String,
    /// Where it stands.
    pub lifecycle: Lifecycle,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// From when it is deprecated.
    pub deprecated_at: Option<Timestamp>,
    /// When it is going to be retired.
    pub sunset_at: Option<Timestamp>,
}

impl ApiPage {
    /// Whether the gateway has a route for an operation, by its name in URLs.
    pub fn serves(&self, operation: &str) -> bool {
        !self.unserved.contains(operation)
    }
}

/// One operation with the API around it.
#[derive(Debug, Clone)]
pub struct OperationView {
    /// The API.
    pub api: ApiPage,
    /// The operation's id: what usage is counted under.
    pub id: OperationId,
    /// Its page of the reference.
    pub page: OperationPage,
}

/// An API by its name in URLs, with the version of that label, else its current one.
pub async fn api(
    platform: &Platform,
    actor: &Actor,
    slug: &str,
    label: Option<&str>,
) -> Result<ApiPage> {
    let mut conn = platform.db.read().await?;
    load(platform, &mut conn, actor, slug, label).await
}

/// One operation by its name in URLs.
pub async fn operation(
    platform: &Platform,
    actor: &Actor,
    slug: &str,
    label: Option<&str>,
    operation: &str,
) -> Result<OperationView> {
    let mut conn = platform.db.read().await?;
    let api = load(platform, &mut conn, actor, slug, label).await?;
    let row =
        api_operations::find_by_slug(&mut conn, actor.workspace, api.version.id, operation).await?;
    let row = row.ok_or_else(|| Error::not_found("operation", operation))?;
    Ok(OperationView {
        api,
        id: row.id,
        page: read(&row.page, "operation", operation)?,
    })
}

/// The API and the version that are asked for, if the actor sees them.
pub(super) async fn choose(
    conn: &mut Conn,
    actor: &Actor,
    slug: &str,
    label: Option<&str>,
) -> Result<(Api, Vec<ApiVersion>, ApiVersion)> {
    let missing = || Error::not_found("API", slug);
    let parsed: Slug = slug.parse().map_err(|_| missing())?;
    let api = apis::find_by_slug(conn, actor.workspace, &parsed).await?;
    let api = api
        .filter(|api| sight(actor).sees(api.visibility))
        .ok_or_else(missing)?;
    let mut versions = api_versions::of_api(conn, actor.workspace, api.id).await?;
    versions.retain(|version| version.lifecycle.is_routed());
    let chosen = match label {
        Some(label) => versions.iter().find(|version| version.label == label),
        None => current(&versions),
    };
    let chosen = chosen.cloned().ok_or_else(|| match label {
        Some(label) if !versions.is_empty() => Error::not_found("API version", label),
        _ => missing(),
    })?;
    Ok((api, versions, chosen))
}

/// Where the gateway answers for a version: its first plain host, else the gateway's own.
pub(super) fn base_url(gateway: &Url, version: &ApiVersion) -> String {
    let mut url = gateway.clone();
    if let Some(host) = version.hosts.0.iter().find(|host| !host.starts_with("*."))
        && url.set_host(Some(host)).is_err()
    {
        return gateway.to_string();
    }
    let base = format!("{}{}", url.path().trim_end_matches('/'), version.base_path);
    url.set_path(&base);
    url.as_str().trim_end_matches('/').to_owned()
}

async fn load(
    platform: &Platform,
    conn: &mut Conn,
    actor: &Actor,
    slug: &str,
    label: Option<&str>,
) -> Result<ApiPage> {
    let (api, versions, version) = choose(conn, actor, slug, label).await?;
    let overview: Option<Overview> =
        match spec_revisions::overview(conn, actor.workspace, version.spec_revision_id).await? {
            Some(text) => Some(read(&text, "document", slug)?),
            None => None,
        };
    let entries = api_operations::index(conn, actor.workspace, version.id).await?;
    let unserved = unserved(conn, &version, &entries).await?;
    let owner = match api.owner_id.is_nil() {
        true => None,
        false => accounts::find(conn, actor.workspace, api.owner_id).await?,
    };
    Ok(ApiPage {
        owner: owner.map(|account| account.name.to_string()),
        successor: successor(conn, actor, &version).await?,
        base_url: base_url(&platform.settings.gateway_url, &version),
        credential: credential(conn, &version).await?,
        current: current(&versions)
            .map(|row| row.label.clone())
            .unwrap_or_default(),
        versions: versions.into_iter().map(head).collect(),
        operations: entries
            .iter()
            .map(|entry| (entry.id, entry.slug.clone()))
            .collect(),
        unserved,
        index: index(overview.as_ref(), entries),
        overview,
        version,
        api,
    })
}

/// The operations that no route was made for, or whose route is off. Routes that were made by hand may answer for any
/// operation, so with one of those nothing is said.
async fn unserved(
    conn: &mut Conn,
    version: &ApiVersion,
    entries: &[Entry],
) -> Result<BTreeSet<String>> {
    let served = routes::served(conn, version.workspace_id, version.id).await?;
    if served.iter().any(|id| id.is_nil()) {
        return Ok(BTreeSet::new());
    }
    let without = entries.iter().filter(|entry| !served.contains(&entry.id));
    Ok(without.map(|entry| entry.slug.clone()).collect())
}

/// Where callers of a version put their key: by its narrowest `key_auth`, else by that policy's defaults.
pub(crate) async fn credential(conn: &mut Conn, version: &ApiVersion) -> Result<Credential> {
    let places = [
        (PolicyScope::Version, version.id.uuid()),
        (PolicyScope::Api, version.api_id.uuid()),
        (PolicyScope::Global, Uuid::nil()),
    ];
    for (scope, id) in places {
        let found = policies::of_scope(conn, version.workspace_id, scope, id).await?;
        if let Some(policy) = found
            .into_iter()
            .find(|policy| policy.kind == "key_auth" && policy.enabled)
        {
            let config = serde_json::from_value(policy.config.0).unwrap_or_default();
            return Ok(first_place(config));
        }
    }
    Ok(first_place(key_auth::Config::default()))
}

pub(super) fn first_place(config: key_auth::Config) -> Credential {
    let first = |names: Vec<String>| names.into_iter().next();
    let (place, name, prefix) = match (
        first(config.headers),
        config.bearer,
        first(config.query),
        first(config.cookies),
    ) {
        (Some(name), ..) => (KeyPlace::Header, name, None),
        (None, true, ..) => (
            KeyPlace::Header,
            "Authorization".to_owned(),
            Some("Bearer".to_owned()),
        ),
        (None, false, Some(name), _) => (KeyPlace::Query, name, None),
        (None, false, None, Some(name)) => (KeyPlace::Cookie, name, None),
        (None, false, None, None) => (KeyPlace::Header, "X-API-Key".to_owned(), None),
    };
    Credential {
        place,
        name,
        prefix,
    }
}

async fn successor(
    conn: &mut Conn,
    actor: &Actor,
    version: &ApiVersion,
) -> Result<Option<(String, String)>> {
    if version.successor_id.is_nil() {
        return Ok(None);
    }
    let Some(next) = api_versions::find(conn, actor.workspace, version.successor_id).await? else {
        return Ok(None);
    };
    let api = apis::find(conn, actor.workspace, next.api_id).await?;
    let seen = api.filter(|api| next.lifecycle.is_routed() && sight(actor).sees(api.visibility));
    Ok(seen.map(|api| (api.slug.to_string(), next.label)))
}

/// The operations under the headings of their document.
fn index(overview: Option<&Overview>, entries: Vec<Entry>) -> Index {
    let heads = overview
        .map(|overview| overview.groups.as_slice())
        .unwrap_or_default();
    let mut groups: Vec<Group> = heads
        .iter()
        .map(|head| Group {
            tag: head.tag.clone(),
            title: head.title.clone(),
            slug: head.slug.clone(),
            description: head.description.clone(),
            external_docs: head.external_docs.clone(),
            operations: Vec::new(),
        })
        .collect();
    for entry in entries {
        let tag = Some(entry.tag.as_str()).filter(|tag| !tag.is_empty());
        let Some(group) = groups.iter_mut().find(|group| group.tag.as_deref() == tag) else {
            continue;
        };
        group.operations.push(reference::Entry {
            key: entry.slug,
            method: entry.method,
            path: entry.path,
            title: entry.summary,
            about: Some(entry.about).filter(|about| !about.is_empty()),
            deprecated: entry.deprecated,
        });
    }
    groups.retain(|group| !group.operations.is_empty());
    Index { groups }
}

fn head(version: ApiVersion) -> VersionHead {
    VersionHead {
        id: version.id,
        label: version.label,
        lifecycle: version.lifecycle,
        published_at: version.published_at,
        deprecated_at: version.deprecated_at,
        sunset_at: version.sunset_at,
    }
}

/// What an earlier version of Gatehouse wrote and this one cannot read is as good as gone: a new import brings it back.
fn read<T: serde::de::DeserializeOwned>(text: &str, what: &'static str, id: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, what, id, "what is kept of a document cannot be read; import it again");
        Error::not_found(what, id)
    })
}

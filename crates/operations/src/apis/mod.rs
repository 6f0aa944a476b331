//! APIs: making, changing and deleting published contracts.

mod input;

use domain::access::Permission;
use domain::actor::Actor;
use domain::api::{PolicyScope, Visibility};
use domain::change::ChangeKind;
use domain::id::{ApiId, ApiVersionId, WorkspaceId};
use domain::text::Slug;
use serde_json::{Value, json};
use store::api_versions::{self, ApiVersion};
use store::apis::{self, Api};
use store::{Conn, policies, routes, search};

use crate::access::need;
use crate::error::{Error, Result};
use crate::paging::{Page, Paging};
use crate::platform::Platform;
use crate::upstreams;
use crate::words::counted;
use crate::work::Work;

pub use self::input::Input;
pub(crate) use self::input::{Checked, DESCRIPTION_MOST, SUMMARY_MOST, check};

/// An API with its versions, newest first.
#[derive(Debug, Clone)]
pub struct WithVersions {
    /// The API.
    pub api: Api,
    /// Its versions.
    pub versions: Vec<ApiVersion>,
}

/// Makes an API without versions.
pub async fn create(platform: &Platform, actor: &Actor, input: Input) -> Result<Api> {
    need(actor, Permission::CatalogWrite)?;
    let checked = check(input)?;
    let mut work = platform.begin(actor).await?;
    let api = insert(platform, &mut work, checked).await?;
    work.commit().await?;
    Ok(api)
}

/// Writes a checked API in a transaction that is under way.
pub(crate) async fn insert(platform: &Platform, work: &mut Work, checked: Checked) -> Result<Api> {
    let workspace = work.workspace();
    let slug = slug_of(work.conn(), workspace, &checked).await?;
    let api = Api {
        id: platform.new_id(),
        workspace_id: workspace,
        slug,
        name: checked.name,
        summary: checked.summary,
        description: checked.description,
        visibility: checked.visibility,
        tags: checked.tags.into(),
        owner_id: checked.owner,
        created_at: work.at(),
        updated_at: work.at(),
        version: 1,
    };
    apis::insert(work.conn(), &api)
        .await
        .map_err(|error| taken(error, &api.slug))?;
    work.audit(
        "api.created",
        "api",
        api.id,
        api.name.as_str(),
        None,
        Some(told(&api)),
    );
    Ok(api)
}

/// Changes an API to what is given.
pub async fn update(
    platform: &Platform,
    actor: &Actor,
    id: ApiId,
    version: i64,
    input: Input,
) -> Result<Api> {
    need(actor, Permission::CatalogWrite)?;
    let checked = check(input)?;
    let mut work = platform.begin(actor).await?;
    let before = load(work.conn(), actor.workspace, id).await?;
    let after = Api {
        slug: checked.slug.unwrap_or_else(|| before.slug.clone()),
        name: checked.name,
        summary: checked.summary,
        description: checked.description,
        visibility: checked.visibility,
        tags: checked.tags.into(),
        owner_id: checked.owner,
        updated_at: work.at(),
        version,
        ..before.clone()
    };
    let current = apis::update(work.conn(), &after)
        .await
        .map_err(|error| taken(error, &after.slug))?;
    if !current {
        return Err(stale(before.version));
    }
    let after = Api {
        version: version + 1,
        ..after
    };
    // The gateway knows versions together with the name of their API.
    for version in api_versions::of_api(work.conn(), actor.workspace, id).await? {
        work.changed(ChangeKind::ApiVersion, version.id);
    }
    work.audit(
        "api.updated",
        "api",
        id,
        after.name.as_str(),
        Some(told(&before)),
        Some(told(&after)),
    );
    work.commit().await?;
    Ok(after)
}

/// Deletes an API with all its versions. Refused while somebody is subscribed to a product that holds one of them.
pub async fn delete(platform: &Platform, actor: &Actor, id: ApiId, version: i64) -> Result<()> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let workspace = actor.workspace;
    let before = load(work.conn(), workspace, id).await?;
    let open = apis::open_subscriptions(work.conn(), workspace, id).await?;
    if open > 0 {
        return Err(Error::InUse(in_use("API", before.name.as_str(), open)));
    }
    for product in apis::products(work.conn(), workspace, id).await? {
        work.changed(ChangeKind::Product, product);
    }
    let versions = api_versions::of_api(work.conn(), workspace, id).await?;
    for row in &versions {
        tell_removed(&mut work, row.id).await?;
    }
    // One of them may have been named again as the predecessor of another one.
    for row in &versions {
        work.removed(ChangeKind::ApiVersion, row.id);
    }
    let gone = policies::delete_of(work.conn(), workspace, PolicyScope::Api, id.uuid()).await?;
    for policy in gone {
        work.removed(ChangeKind::Policy, policy);
    }
    if !apis::delete(work.conn(), workspace, id, version).await? {
        return Err(stale(before.version));
    }
    work.audit(
        "api.deleted",
        "api",
        id,
        before.name.as_str(),
        Some(told(&before)),
        None,
    );
    work.commit().await?;
    Ok(())
}

/// One API with its versions.
pub async fn find(platform: &Platform, actor: &Actor, id: ApiId) -> Result<WithVersions> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    let api = load(&mut conn, actor.workspace, id).await?;
    with_versions(&mut conn, api).await
}

/// One API with its versions, by its name in URLs.
pub async fn find_by_slug(platform: &Platform, actor: &Actor, slug: &str) -> Result<WithVersions> {
    need(actor, Permission::CatalogRead)?;
    let missing = || Error::not_found("API", slug);
    let parsed: Slug = slug.parse().map_err(|_| missing())?;
    let mut conn = platform.db.read().await?;
    let api = apis::find_by_slug(&mut conn, actor.workspace, &parsed)
        .await?
        .ok_or_else(missing)?;
    with_versions(&mut conn, api).await
}

/// APIs by name, those whose name or slug contains `text`.
pub async fn list(
    platform: &Platform,
    actor: &Actor,
    text: &str,
    paging: &Paging,
) -> Result<Page<WithVersions>> {
    need(actor, Permission::CatalogRead)?;
    let after: (String, ApiId) = paging.cursor()?.unwrap_or_default();
    let mut conn = platform.db.read().await?;
    let rows = apis::list(
        &mut conn,
        actor.workspace,
        (&after.0, after.1),
        &search::pattern(text),
        paging.probe(),
    )
    .await?;
    let page = paging.page(rows, |row| (row.name.clone(), row.id));
    let mut items = Vec::with_capacity(page.items.len());
    for api in page.items {
        items.push(with_versions(&mut conn, api).await?);
    }
    Ok(Page {
        items,
        next: page.next,
    })
}

/// Tells the gateway that a version is gone, with its routes and their policies, and deletes those policies. The rows of
/// the version itself go with it or with its API.
pub(crate) async fn tell_removed(work: &mut Work, version: ApiVersionId) -> Result<()> {
    let workspace = work.workspace();
    let mut gone = policies::delete_of_routes(work.conn(), workspace, version).await?;
    let scope = PolicyScope::Version;
    gone.extend(policies::delete_of(work.conn(), workspace, scope, version.uuid()).await?);
    for policy in gone {
        work.removed(ChangeKind::Policy, policy);
    }
    for route in routes::ids_of_version(work.conn(), workspace, version).await? {
        work.removed(ChangeKind::Route, route);
    }
    work.removed(ChangeKind::ApiVersion, version);
    let at = work.at();
    for other in api_versions::clear_successor(work.conn(), workspace, version, at).await? {
        work.changed(ChangeKind::ApiVersion, other);
    }
    Ok(())
}

/// Why something with subscribers stays.
pub(crate) fn in_use(what: &str, name: &str, open: i64) -> String {
    let open = counted(open, "open subscription");
    format!("{what} `{name}` has {open}; cancel them first, or retire it")
}

pub(crate) async fn load(conn: &mut Conn, workspace: WorkspaceId, id: ApiId) -> Result<Api> {
    apis::find(conn, workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("API", id))
}

async fn with_versions(conn: &mut Conn, api: Api) -> Result<WithVersions> {
    let versions = api_versions::of_api(conn, api.workspace_id, api.id).await?;
    Ok(WithVersions { api, versions })
}

async fn slug_of(conn: &mut Conn, workspace: WorkspaceId, checked: &Checked) -> Result<Slug> {
    match &checked.slug {
        Some(slug) => Ok(slug.clone()),
        None => free_slug(conn, workspace, checked.name.as_str()).await,
    }
}

/// A slug made from a text that no API has yet.
pub(crate) async fn free_slug(conn: &mut Conn, workspace: WorkspaceId, text: &str) -> Result<Slug> {
    for candidate in upstreams::slugs(text, "api") {
        if apis::find_by_slug(conn, workspace, &candidate)
            .await?
            .is_none()
        {
            return Ok(candidate);
        }
    }
    Err(Error::invalid(
        "slug",
        "is needed: every one made from the name is taken",
    ))
}

/// An API as the audit log tells it.
fn told(api: &Api) -> Value {
    let owner = (!api.owner_id.is_nil()).then_some(api.owner_id);
    let visibility: Visibility = api.visibility;
    json!({
        "slug": api.slug, "name": api.name, "summary": api.summary, "description": api.description,
        "visibility": visibility, "tags": api.tags.0, "owner_id": owner,
    })
}

fn stale(current_version: i64) -> Error {
    Error::Conflict {
        what: "API",
        current_version,
    }
}

fn taken(error: store::Error, slug: &Slug) -> Error {
    if error.is_taken("api") {
        return Error::invalid("slug", format!("`{slug}` belongs to another API"));
    }
    error.into()
}

//! API versions: making, changing and deleting them; [`lifecycle`] publishes and retires.

pub mod clash;
mod declared;
mod input;
pub mod lifecycle;
pub(crate) mod placement;
mod readiness;
mod subscribers;
mod unserved;

use domain::access::Permission;
use domain::actor::Actor;
use domain::api::Lifecycle;
use domain::change::ChangeKind;
use domain::id::{ApiId, ApiVersionId, SpecRevisionId, WorkspaceId};
use serde_json::{Value, json};
use store::api_versions::{self, ApiVersion};
use store::{Conn, upstreams};

use crate::access::need;
use crate::apis;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::work::Work;

pub(crate) use self::declared::{Ending, declare, verify};
pub use self::input::Input;
pub(crate) use self::input::{Checked, check};
pub use self::placement::PlacementError;
pub(crate) use self::unserved::Unserved;

/// Makes a draft without a document.
pub async fn create(
    platform: &Platform,
    actor: &Actor,
    api: ApiId,
    input: Input,
) -> Result<ApiVersion> {
    need(actor, Permission::CatalogWrite)?;
    let checked = check(input)?;
    let mut work = platform.begin(actor).await?;
    let made = insert(platform, &mut work, api, checked, SpecRevisionId::NIL).await?;
    work.commit().await?;
    Ok(made)
}

/// Writes a checked draft in a transaction that is under way. `document` is nil, or is written later in it.
pub(crate) async fn insert(
    platform: &Platform,
    work: &mut Work,
    api: ApiId,
    checked: Checked,
    document: SpecRevisionId,
) -> Result<ApiVersion> {
    let workspace = work.workspace();
    let of = apis::load(work.conn(), workspace, api).await?;
    check_upstream(work.conn(), workspace, &checked).await?;
    let row = ApiVersion {
        id: platform.new_id(),
        workspace_id: workspace,
        api_id: api,
        label: checked.label,
        lifecycle: Lifecycle::Draft,
        upstream_id: checked.upstream,
        hosts: checked.hosts.into(),
        base_path: checked.base_path,
        spec_revision_id: document,
        successor_id: ApiVersionId::NIL,
        published_at: None,
        deprecated_at: None,
        sunset_at: None,
        retired_at: None,
        created_at: work.at(),
        updated_at: work.at(),
        version: 1,
    };
    api_versions::insert(work.conn(), &row)
        .await
        .map_err(|error| taken(error, &row.label))?;
    work.changed(ChangeKind::ApiVersion, row.id);
    let name = format!("{} {}", of.name, row.label);
    work.audit(
        "api_version.created",
        "api_version",
        row.id,
        &name,
        None,
        Some(told(&row)),
    );
    Ok(row)
}

/// Changes label, hosts, base path and upstream. What is on the gateway must stay able to serve, and must not stand in the
/// way of another version.
pub async fn update(
    platform: &Platform,
    actor: &Actor,
    id: ApiVersionId,
    version: i64,
    input: Input,
) -> Result<ApiVersion> {
    need(actor, Permission::CatalogWrite)?;
    let checked = check(input)?;
    let mut work = platform.begin(actor).await?;
    let before = load(work.conn(), actor.workspace, id).await?;
    check_upstream(work.conn(), actor.workspace, &checked).await?;
    let after = ApiVersion {
        label: checked.label,
        upstream_id: checked.upstream,
        hosts: checked.hosts.into(),
        base_path: checked.base_path,
        ..before.clone()
    };
    if after.lifecycle.is_routed() {
        api_versions::lock_publishing(work.conn(), actor.workspace).await?;
        readiness::check(work.conn(), &after).await?;
    }
    let after = write(&mut work, after, version, &before).await?;
    audit(&mut work, "api_version.updated", &before, &after).await?;
    work.commit().await?;
    Ok(after)
}

/// Deletes a version with its documents and routes. Refused while somebody is subscribed to a product that holds it.
pub async fn delete(
    platform: &Platform,
    actor: &Actor,
    id: ApiVersionId,
    version: i64,
) -> Result<()> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let before = load(work.conn(), actor.workspace, id).await?;
    let name = full_name(work.conn(), &before).await?;
    let open = api_versions::open_subscriptions(work.conn(), actor.workspace, id).await?;
    if open > 0 {
        return Err(Error::InUse(apis::in_use("API version", &name, open)));
    }
    for product in api_versions::products(work.conn(), actor.workspace, id).await? {
        work.changed(ChangeKind::Product, product);
    }
    apis::tell_removed(&mut work, id).await?;
    if !api_versions::delete(work.conn(), actor.workspace, id, version).await? {
        return Err(stale(before.version));
    }
    work.audit(
        "api_version.deleted",
        "api_version",
        id,
        &name,
        Some(told(&before)),
        None,
    );
    work.commit().await?;
    Ok(())
}

/// One version.
pub async fn find(platform: &Platform, actor: &Actor, id: ApiVersionId) -> Result<ApiVersion> {
    need(actor, Permission::CatalogRead)?;
    load(&mut platform.db.read().await?, actor.workspace, id).await
}

/// Every version of the workspace with its API's name, by that name: for choosing.
pub async fn all(platform: &Platform, actor: &Actor) -> Result<Vec<api_versions::Named>> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    Ok(api_versions::named(&mut conn, actor.workspace).await?)
}

pub(crate) async fn load(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: ApiVersionId,
) -> Result<ApiVersion> {
    api_versions::find(conn, workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("API version", id))
}

/// Writes a changed version, which must still be at `version`, and tells the gateway. Gives back the row as it is now.
pub(crate) async fn write(
    work: &mut Work,
    changed: ApiVersion,
    version: i64,
    before: &ApiVersion,
) -> Result<ApiVersion> {
    let row = ApiVersion {
        updated_at: work.at(),
        version,
        ..changed
    };
    let current = api_versions::update(work.conn(), &row)
        .await
        .map_err(|error| taken(error, &row.label))?;
    if !current {
        return Err(stale(before.version));
    }
    work.changed(ChangeKind::ApiVersion, row.id);
    Ok(ApiVersion {
        version: version + 1,
        ..row
    })
}

/// Writes the audit line of a change.
pub(crate) async fn audit(
    work: &mut Work,
    action: &str,
    before: &ApiVersion,
    after: &ApiVersion,
) -> Result<()> {
    let name = full_name(work.conn(), after).await?;
    work.audit(
        action,
        "api_version",
        after.id,
        &name,
        Some(told(before)),
        Some(told(after)),
    );
    Ok(())
}

/// "Shipping Rates v2"
pub(crate) async fn full_name(conn: &mut Conn, version: &ApiVersion) -> Result<String> {
    let api = apis::load(conn, version.workspace_id, version.api_id).await?;
    Ok(format!("{} {}", api.name, version.label))
}

pub(crate) fn stale(current_version: i64) -> Error {
    Error::Conflict {
        what: "API version",
        current_version,
    }
}

/// A version as the audit log tells it.
fn told(row: &ApiVersion) -> Value {
    let successor = (!row.successor_id.is_nil()).then_some(row.successor_id);
    json!({
        "api_id": row.api_id, "label": row.label, "lifecycle": row.lifecycle, "upstream_id": row.upstream_id,
        "hosts": row.hosts.0, "base_path": row.base_path, "successor_id": successor,
        "deprecated_at": row.deprecated_at, "sunset_at": row.sunset_at, "retired_at": row.retired_at,
    })
}

async fn check_upstream(conn: &mut Conn, workspace: WorkspaceId, checked: &Checked) -> Result<()> {
    let Some(id) = checked.upstream else {
        return Ok(());
    };
    match upstreams::find(conn, workspace, id).await? {
        Some(_) => Ok(()),
        None => Err(Error::invalid(
            "upstream_id",
            format!("names no upstream: there is no `{id}`"),
        )),
    }
}

fn taken(error: store::Error, label: &str) -> Error {
    if error.is_taken("api_version") {
        return Error::invalid(
            "label",
            format!("`{label}` belongs to another version of this API"),
        );
    }
    error.into()
}

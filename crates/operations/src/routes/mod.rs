//! Routes: which requests belong to a version.

mod input;
pub mod path;

use domain::access::Permission;
use domain::actor::Actor;
use domain::api::PolicyScope;
use domain::change::ChangeKind;
use domain::id::{ApiVersionId, RouteId};
use serde_json::{Value, json};
use store::api_versions::ApiVersion;
use store::routes::{self, Route};
use store::{Conn, api_operations, policies};

use crate::access::need;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::versions::{self, Unserved, clash};
use crate::work::Work;

pub use self::input::Input;
pub(crate) use self::input::{Checked, check, default_name};

/// The most routes of one version.
pub(crate) const MOST: usize = 20_000;

/// Adds a route to a version.
pub async fn create(
    platform: &Platform,
    actor: &Actor,
    version: ApiVersionId,
    input: Input,
) -> Result<Route> {
    need(actor, Permission::CatalogWrite)?;
    let checked = check(input)?;
    let mut work = platform.begin(actor).await?;
    let of = versions::load(work.conn(), actor.workspace, version).await?;
    check_operation(work.conn(), &of, &checked).await?;
    let row = checked.row(platform.new_id(), &of, work.at());
    check_place(&mut work, &of, &row).await?;
    let unserved = Unserved::before(&mut work).await?;
    routes::insert(work.conn(), &row).await?;
    unserved.refuse_more(&mut work).await?;
    work.changed(ChangeKind::Route, row.id);
    work.audit(
        "route.created",
        "route",
        row.id,
        &row.name,
        None,
        Some(told(&row)),
    );
    work.commit().await?;
    Ok(row)
}

/// Changes a route to what is given.
pub async fn update(
    platform: &Platform,
    actor: &Actor,
    id: RouteId,
    version: i64,
    input: Input,
) -> Result<Route> {
    need(actor, Permission::CatalogWrite)?;
    let checked = check(input)?;
    let mut work = platform.begin(actor).await?;
    let before = load(work.conn(), actor, id).await?;
    let of = versions::load(work.conn(), actor.workspace, before.api_version_id).await?;
    check_operation(work.conn(), &of, &checked).await?;
    let after = Route {
        created_at: before.created_at,
        version,
        ..checked.row(id, &of, work.at())
    };
    let after = write(&mut work, &of, "route.updated", &before, after).await?;
    work.commit().await?;
    Ok(after)
}

/// Switches a route on.
pub async fn enable(
    platform: &Platform,
    actor: &Actor,
    id: RouteId,
    version: i64,
) -> Result<Route> {
    switch(platform, actor, id, version, true).await
}

/// Switches a route off: requests no longer match it.
pub async fn disable(
    platform: &Platform,
    actor: &Actor,
    id: RouteId,
    version: i64,
) -> Result<Route> {
    switch(platform, actor, id, version, false).await
}

/// Deletes a route with its policies.
pub async fn delete(platform: &Platform, actor: &Actor, id: RouteId, version: i64) -> Result<()> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let before = load(work.conn(), actor, id).await?;
    if before.version != version {
        return Err(stale(before.version));
    }
    remove(&mut work, &before).await?;
    work.audit(
        "route.deleted",
        "route",
        id,
        &before.name,
        Some(told(&before)),
        None,
    );
    work.commit().await?;
    Ok(())
}

/// One route.
pub async fn find(platform: &Platform, actor: &Actor, id: RouteId) -> Result<Route> {
    need(actor, Permission::CatalogRead)?;
    load(&mut platform.db.read().await?, actor, id).await
}

/// The routes of a version, by path.
pub async fn list(platform: &Platform, actor: &Actor, version: ApiVersionId) -> Result<Vec<Route>> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    versions::load(&mut conn, actor.workspace, version).await?;
    Ok(routes::of_version(&mut conn, actor.workspace, version).await?)
}

/// Deletes a route that was read in this transaction, with its policies, and tells the gateway.
pub(crate) async fn remove(work: &mut Work, route: &Route) -> Result<()> {
    let workspace = work.workspace();
    let scope = PolicyScope::Route;
    for policy in policies::delete_of(work.conn(), workspace, scope, route.id.uuid()).await? {
        work.removed(ChangeKind::Policy, policy);
    }
    if !routes::delete(work.conn(), workspace, route.id, route.version).await? {
        return Err(stale(route.version));
    }
    work.removed(ChangeKind::Route, route.id);
    Ok(())
}

async fn switch(
    platform: &Platform,
    actor: &Actor,
    id: RouteId,
    version: i64,
    enabled: bool,
) -> Result<Route> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let before = load(work.conn(), actor, id).await?;
    let of = versions::load(work.conn(), actor.workspace, before.api_version_id).await?;
    let after = Route {
        enabled,
        version,
        updated_at: work.at(),
        ..before.clone()
    };
    let action = if enabled {
        "route.enabled"
    } else {
        "route.disabled"
    };
    let after = write(&mut work, &of, action, &before, after).await?;
    work.commit().await?;
    Ok(after)
}

async fn write(
    work: &mut Work,
    of: &ApiVersion,
    action: &str,
    before: &Route,
    after: Route,
) -> Result<Route> {
    if after.version != before.version {
        return Err(stale(before.version));
    }
    check_place(work, of, &after).await?;
    let unserved = Unserved::before(work).await?;
    if !routes::update(work.conn(), &after).await? {
        return Err(stale(before.version));
    }
    unserved.refuse_more(work).await?;
    work.changed(ChangeKind::Route, after.id);
    work.audit(
        action,
        "route",
        after.id,
        &after.name,
        Some(told(before)),
        Some(told(&after)),
    );
    Ok(Route {
        version: after.version + 1,
        ..after
    })
}

/// Refuses a route that matches the same requests as another one of its version or, once that is on the gateway, of
/// another version there.
async fn check_place(work: &mut Work, of: &ApiVersion, route: &Route) -> Result<()> {
    let workspace = work.workspace();
    store::api_versions::lock_publishing(work.conn(), workspace).await?;
    let own = routes::of_version(work.conn(), workspace, of.id).await?;
    if own.len() >= MOST && !own.iter().any(|other| other.id == route.id) {
        return Err(Error::invalid(
            "path",
            format!("is one too many: a version has at most {MOST} routes"),
        ));
    }
    if !route.enabled {
        return Ok(());
    }
    let mut taken = clash::Taken::default();
    for other in own.iter().filter(|other| other.id != route.id) {
        taken.add(&of.base_path, other, None);
    }
    let mut clash = taken.clash(&of.base_path, route);
    if clash.is_none() && of.lifecycle.is_routed() {
        clash = clash::across(work.conn(), of, std::slice::from_ref(route)).await?;
    }
    match clash {
        Some(clash) => Err(Error::invalid("path", format!("is taken: {clash}"))),
        None => Ok(()),
    }
}

async fn check_operation(conn: &mut Conn, of: &ApiVersion, checked: &Checked) -> Result<()> {
    let Some(id) = checked.operation else {
        return Ok(());
    };
    let found = api_operations::find(conn, of.workspace_id, id).await?;
    match found.filter(|operation| operation.api_version_id == of.id) {
        Some(_) => Ok(()),
        None => Err(Error::invalid(
            "operation_id",
            "names no operation of this version",
        )),
    }
}

async fn load(conn: &mut Conn, actor: &Actor, id: RouteId) -> Result<Route> {
    routes::find(conn, actor.workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("route", id))
}

fn stale(current_version: i64) -> Error {
    Error::Conflict {
        what: "route",
        current_version,
    }
}

/// A route as the audit log tells it.
fn told(row: &Route) -> Value {
    let operation = (!row.operation_id.is_nil()).then_some(row.operation_id);
    json!({
        "api_version_id": row.api_version_id, "operation_id": operation, "name": row.name, "methods": row.methods.0,
        "path": row.path, "path_kind": row.path_kind, "priority": row.priority, "settings": row.settings.0,
        "enabled": row.enabled,
    })
}

//! What is in force for a version or a route, and where each policy comes from.

use domain::access::Permission;
use domain::actor::Actor;
use domain::api::PolicyScope;
use domain::id::{ApiVersionId, RouteId, WorkspaceId};
use gateway_policies::kind::Composition;
use gateway_policies::registry;
use store::Conn;
use store::api_versions::ApiVersion;
use store::policies::{self, Policy};
use store::routes::{self, Route};
use uuid::Uuid;

use crate::access::need;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::{apis, versions};

/// A policy that a version or route has, by itself or from a wider scope.
#[derive(Debug, Clone)]
pub struct Effective {
    /// The policy.
    pub policy: Policy,
    /// What it is attached to.
    pub origin: Origin,
    /// Whether it is what was asked for that has it, and nothing wider.
    pub own: bool,
    /// Whether it runs: it is on, and no policy of its kind in a narrower scope stands in for it.
    pub runs: bool,
}

/// What a policy is attached to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The kind of thing.
    pub scope: PolicyScope,
    /// Which one; nil for all.
    pub id: Uuid,
    /// Its name for people: "Shipping Rates v2", or empty for all.
    pub name: String,
}

/// The policies that every route of a version has, in the order in which they run. What products, plans and applications
/// add depends on who calls and is not among them.
pub async fn of_version(
    platform: &Platform,
    actor: &Actor,
    id: ApiVersionId,
) -> Result<Vec<Effective>> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    let version = versions::load(&mut conn, actor.workspace, id).await?;
    in_force(&mut conn, &version).await
}

/// The same without a look at who asks: for what the catalogue tells everybody of it.
pub(crate) async fn in_force(conn: &mut Conn, version: &ApiVersion) -> Result<Vec<Effective>> {
    let origins = of_version_and_above(conn, version).await?;
    gather(conn, version.workspace_id, origins).await
}

/// The policies that one route has, in the order in which they run.
pub async fn of_route(platform: &Platform, actor: &Actor, id: RouteId) -> Result<Vec<Effective>> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    let route: Route = routes::find(&mut conn, actor.workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("route", id))?;
    let version = versions::load(&mut conn, actor.workspace, route.api_version_id).await?;
    let mut origins = of_version_and_above(&mut conn, &version).await?;
    origins.push(Origin {
        scope: PolicyScope::Route,
        id: id.uuid(),
        name: route.name,
    });
    gather(&mut conn, actor.workspace, origins).await
}

/// The policies of each route of a version, by the route's id: its own, and those of the wider scopes.
pub(super) async fn of_routes(
    conn: &mut Conn,
    version: &ApiVersion,
    routes: &[Route],
) -> Result<Vec<(RouteId, Vec<Effective>)>> {
    let origins = of_version_and_above(conn, version).await?;
    let wider = gather(conn, version.workspace_id, origins).await?;
    let own = policies::of_routes(conn, version.workspace_id, version.id).await?;
    let of_one = |route: &Route| {
        let mut all = wider.clone();
        for one in &mut all {
            (one.own, one.runs) = (false, one.policy.enabled);
        }
        let own = own.iter().filter(|row| row.scope_id == route.id.uuid());
        all.extend(own.map(|row| Effective {
            policy: row.clone(),
            origin: Origin {
                scope: PolicyScope::Route,
                id: row.scope_id,
                name: route.name.clone(),
            },
            own: true,
            runs: row.enabled,
        }));
        stand_in(&mut all);
        (route.id, all)
    };
    Ok(routes.iter().map(of_one).collect())
}

/// From wide to narrow.
async fn of_version_and_above(conn: &mut Conn, version: &ApiVersion) -> Result<Vec<Origin>> {
    let api = apis::load(conn, version.workspace_id, version.api_id).await?;
    let name = format!("{} {}", api.name, version.label);
    Ok(vec![
        Origin {
            scope: PolicyScope::Global,
            id: Uuid::nil(),
            name: String::new(),
        },
        Origin {
            scope: PolicyScope::Api,
            id: api.id.uuid(),
            name: api.name.to_string(),
        },
        Origin {
            scope: PolicyScope::Version,
            id: version.id.uuid(),
            name,
        },
    ])
}

async fn gather(
    conn: &mut Conn,
    workspace: WorkspaceId,
    origins: Vec<Origin>,
) -> Result<Vec<Effective>> {
    let mut all: Vec<Effective> = Vec::new();
    let narrowest = origins.len().saturating_sub(1);
    for (depth, origin) in origins.into_iter().enumerate() {
        for policy in policies::of_scope(conn, workspace, origin.scope, origin.id).await? {
            all.push(Effective {
                runs: policy.enabled,
                own: depth == narrowest,
                origin: origin.clone(),
                policy,
            });
        }
    }
    stand_in(&mut all);
    // Stable: inside one kind, from wide to narrow and by position.
    all.sort_by_key(|effective| run_order(&effective.policy.kind));
    Ok(all)
}

fn stand_in(all: &mut [Effective]) {
    let standing: Vec<Standing<'_>> = all
        .iter()
        .map(|one| Standing {
            kind: &one.policy.kind,
            scope: one.origin.scope,
            enabled: one.policy.enabled,
        })
        .collect();
    let gives_way: Vec<bool> = (0..all.len())
        .map(|index| gives_way(&standing, index))
        .collect();
    for (one, gives_way) in all.iter_mut().zip(gives_way) {
        one.runs &= !gives_way;
    }
}

/// What decides which of several policies of a kind runs.
pub(crate) struct Standing<'a> {
    /// Its name in the registry.
    pub kind: &'a str,
    /// What it is attached to.
    pub scope: PolicyScope,
    /// Whether it is on.
    pub enabled: bool,
}

/// Of the kinds of which only one runs, all but the first of the narrowest scope give way.
pub(crate) fn gives_way(all: &[Standing<'_>], index: usize) -> bool {
    let one = &all[index];
    let alone = registry::find(one.kind)
        .is_some_and(|(_, kind)| kind.composition == Composition::Narrowest);
    alone
        && all.iter().enumerate().any(|(other, it)| {
            let narrower = it.scope > one.scope || it.scope == one.scope && other < index;
            it.kind == one.kind && it.enabled && narrower
        })
}

/// Kinds that the registry does not have any more come last.
fn run_order(kind: &str) -> usize {
    registry::find(kind).map_or(usize::MAX, |(order, _)| order)
}

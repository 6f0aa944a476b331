//! Policies: attaching behaviour to a scope, and seeing what is in force.

pub(crate) mod answered;
pub(crate) mod config;
mod effective;
mod scope;

use domain::access::Permission;
use domain::actor::Actor;
use domain::change::ChangeKind;
use domain::id::PolicyId;
use gateway_policies::registry;
use serde_json::{Value, json};
use store::Conn;
use store::policies::{self, Policy};

use crate::access::need;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::versions::Unserved;
use crate::work::Work;

pub use self::effective::{Effective, Origin, of_route, of_version};
pub(crate) use self::effective::{Standing, gives_way, in_force};
pub use self::scope::Place;

/// The most policies of one scope.
const MOST: usize = 100;

/// What a new policy is to be.
#[derive(Debug, Clone)]
pub struct New {
    /// Its name in the registry.
    pub kind: String,
    /// What it is attached to.
    pub place: Place,
    /// What the registry's schema for its kind describes.
    pub config: Value,
    /// Whether it does anything.
    pub enabled: bool,
    /// What goes beside the configuration.
    pub aside: Aside,
}

/// What any policy has beside its configuration.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Aside {
    /// What people call it; may be empty.
    pub name: String,
    /// When it applies; null for always.
    pub conditions: Value,
    /// `open`, `closed`, or empty where its configuration says.
    pub on_error: String,
}

impl From<&Policy> for Aside {
    fn from(row: &Policy) -> Self {
        Self {
            name: row.name.clone(),
            conditions: row.conditions.0.clone(),
            on_error: row.on_error.clone(),
        }
    }
}

/// A kind of policy, for choosing one and for its form.
#[derive(Debug, Clone)]
pub struct Described {
    /// Its name in the registry.
    pub kind: &'static str,
    /// One line on it.
    pub summary: &'static str,
    /// When it runs: `authenticate`.
    pub stage: &'static str,
    /// Its reference page, in Markdown.
    pub readme: &'static str,
    /// What it can be attached to.
    pub scopes: &'static [domain::api::PolicyScope],
    /// The JSON Schema of its configuration.
    pub schema: Value,
}

/// Every kind there is, in the order in which they run.
pub fn kinds() -> Vec<Described> {
    registry::kinds()
        .iter()
        .map(|kind| Described {
            kind: kind.name,
            summary: kind.summary,
            stage: kind.stage.as_str(),
            readme: kind.readme,
            scopes: kind.scopes,
            schema: (kind.schema)(),
        })
        .collect()
}

/// Refuses a policy that could not be attached, as [`create`] would.
pub(crate) fn check_draft(kind: &str, place: Place, config: &Value, aside: &Aside) -> Result<()> {
    config::check(kind, Some(place), config, aside)
}

/// Attaches a policy, behind those that the scope has already.
pub async fn create(platform: &Platform, actor: &Actor, new: New) -> Result<Policy> {
    need(actor, Permission::CatalogWrite)?;
    config::check(&new.kind, Some(new.place), &new.config, &new.aside)?;
    let mut work = platform.begin(actor).await?;
    scope::check(work.conn(), actor.workspace, new.place).await?;
    let unserved = Unserved::before(&mut work).await?;
    let row = insert(platform, &mut work, new).await?;
    unserved.refuse_more(&mut work).await?;
    work.commit().await?;
    Ok(row)
}

/// Writes a policy for a scope that was made or read in this transaction.
pub(crate) async fn insert(platform: &Platform, work: &mut Work, new: New) -> Result<Policy> {
    config::check(&new.kind, Some(new.place), &new.config, &new.aside)?;
    let workspace = work.workspace();
    let place = new.place;
    let others = policies::of_scope(work.conn(), workspace, place.scope(), place.id()).await?;
    if others.len() >= MOST {
        return Err(Error::invalid(
            "scope_id",
            format!("has {MOST} policies already, which is the most"),
        ));
    }
    let row = Policy {
        id: platform.new_id(),
        workspace_id: workspace,
        config: config::sealed(platform, &new.kind, new.config).into(),
        kind: new.kind,
        scope: place.scope(),
        scope_id: place.id(),
        position: others.last().map_or(0, |last| last.position + 1),
        enabled: new.enabled,
        name: new.aside.name,
        conditions: new.aside.conditions.into(),
        on_error: new.aside.on_error,
        created_at: work.at(),
        updated_at: work.at(),
        version: 1,
    };
    policies::insert(work.conn(), &row).await?;
    work.changed(ChangeKind::Policy, row.id);
    work.audit(
        "policy.created",
        "policy",
        row.id,
        &row.kind,
        None,
        Some(told(&row)),
    );
    Ok(row)
}

/// A policy, for somebody who may change it.
pub async fn find_to_change(platform: &Platform, actor: &Actor, id: PolicyId) -> Result<Policy> {
    need(actor, Permission::CatalogWrite)?;
    find(platform, actor, id).await
}

/// Changes a policy's configuration, what goes beside it, and whether it is on.
pub async fn update(
    platform: &Platform,
    actor: &Actor,
    id: PolicyId,
    version: i64,
    config: Value,
    aside: Aside,
    enabled: bool,
) -> Result<Policy> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let before = load(work.conn(), actor, id).await?;
    config::check(&before.kind, None, &config, &aside)?;
    let after = Policy {
        config: config::sealed(platform, &before.kind, config).into(),
        name: aside.name,
        conditions: aside.conditions.into(),
        on_error: aside.on_error,
        enabled,
        ..before.clone()
    };
    let after = write(&mut work, "policy.updated", &before, after, version).await?;
    work.commit().await?;
    Ok(after)
}

/// Gives a policy its place among those of its scope.
pub(crate) async fn place_at(
    platform: &Platform,
    actor: &Actor,
    id: PolicyId,
    position: usize,
) -> Result<()> {
    let mut work = platform.begin(actor).await?;
    let workspace = work.workspace();
    let position = i64::try_from(position).unwrap_or(i64::MAX);
    let before = load(work.conn(), actor, id).await?;
    if before.position != position {
        policies::place(work.conn(), workspace, id, position).await?;
        work.changed(ChangeKind::Policy, id);
    }
    work.commit().await.map(drop)
}

/// Switches a policy on.
pub async fn enable(
    platform: &Platform,
    actor: &Actor,
    id: PolicyId,
    version: i64,
) -> Result<Policy> {
    switch(platform, actor, id, version, true).await
}

/// Switches a policy off, keeping its configuration.
pub async fn disable(
    platform: &Platform,
    actor: &Actor,
    id: PolicyId,
    version: i64,
) -> Result<Policy> {
    switch(platform, actor, id, version, false).await
}

/// Puts a policy at another place of its scope, from 0. Gives back the scope's policies in their new order.
pub async fn move_to(
    platform: &Platform,
    actor: &Actor,
    id: PolicyId,
    version: i64,
    position: usize,
) -> Result<Vec<Policy>> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let moved = load(work.conn(), actor, id).await?;
    if moved.version != version {
        return Err(stale(moved.version));
    }
    let unserved = Unserved::before(&mut work).await?;
    let workspace = actor.workspace;
    let mut all = policies::of_scope(work.conn(), workspace, moved.scope, moved.scope_id).await?;
    let from = all.iter().position(|row| row.id == id).unwrap_or_default();
    let row = all.remove(from);
    all.insert(position.min(all.len()), row);
    for (place, row) in (0_i64..).zip(&mut all) {
        if row.position != place {
            row.position = place;
            policies::place(work.conn(), workspace, row.id, place).await?;
            work.changed(ChangeKind::Policy, row.id);
        }
    }
    unserved.refuse_more(&mut work).await?;
    let after = all.iter().find(|row| row.id == id).map(told);
    work.audit(
        "policy.moved",
        "policy",
        id,
        &moved.kind,
        Some(told(&moved)),
        after,
    );
    work.commit().await?;
    Ok(all)
}

/// Deletes a policy.
pub async fn delete(platform: &Platform, actor: &Actor, id: PolicyId, version: i64) -> Result<()> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let before = load(work.conn(), actor, id).await?;
    let unserved = Unserved::before(&mut work).await?;
    if !policies::delete(work.conn(), actor.workspace, id, version).await? {
        return Err(stale(before.version));
    }
    unserved.refuse_more(&mut work).await?;
    work.removed(ChangeKind::Policy, id);
    work.audit(
        "policy.deleted",
        "policy",
        id,
        &before.kind,
        Some(told(&before)),
        None,
    );
    work.commit().await?;
    Ok(())
}

/// One policy.
pub async fn find(platform: &Platform, actor: &Actor, id: PolicyId) -> Result<Policy> {
    need(actor, Permission::CatalogRead)?;
    load(&mut platform.db.read().await?, actor, id).await
}

/// The policies of one scope, in their order.
pub async fn list(platform: &Platform, actor: &Actor, place: Place) -> Result<Vec<Policy>> {
    need(actor, Permission::CatalogRead)?;
    let mut conn = platform.db.read().await?;
    scope::check(&mut conn, actor.workspace, place).await?;
    Ok(policies::of_scope(&mut conn, actor.workspace, place.scope(), place.id()).await?)
}

async fn switch(
    platform: &Platform,
    actor: &Actor,
    id: PolicyId,
    version: i64,
    enabled: bool,
) -> Result<Policy> {
    need(actor, Permission::CatalogWrite)?;
    let mut work = platform.begin(actor).await?;
    let before = load(work.conn(), actor, id).await?;
    let after = Policy {
        enabled,
        ..before.clone()
    };
    let action = if enabled {
        "policy.enabled"
    } else {
        "policy.disabled"
    };
    let after = write(&mut work, action, &before, after, version).await?;
    work.commit().await?;
    Ok(after)
}

async fn write(
    work: &mut Work,
    action: &str,
    before: &Policy,
    after: Policy,
    version: i64,
) -> Result<Policy> {
    let row = Policy {
        updated_at: work.at(),
        version,
        ..after
    };
    let unserved = Unserved::before(work).await?;
    if !policies::update(work.conn(), &row).await? {
        return Err(stale(before.version));
    }
    unserved.refuse_more(work).await?;
    work.changed(ChangeKind::Policy, row.id);
    work.audit(
        action,
        "policy",
        row.id,
        &row.kind,
        Some(told(before)),
        Some(told(&row)),
    );
    Ok(Policy {
        version: version + 1,
        ..row
    })
}

async fn load(conn: &mut Conn, actor: &Actor, id: PolicyId) -> Result<Policy> {
    policies::find(conn, actor.workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("policy", id))
}

fn stale(current_version: i64) -> Error {
    Error::Conflict {
        what: "policy",
        current_version,
    }
}

/// A policy as the audit log tells it.
fn told(row: &Policy) -> Value {
    json!({
        "kind": row.kind, "scope": row.scope, "scope_id": row.scope_id, "config": row.config.0,
        "position": row.position, "enabled": row.enabled, "name": row.name, "conditions": row.conditions.0,
        "on_error": row.on_error,
    })
}

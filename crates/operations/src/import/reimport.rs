//! The next revision of a version's document: what it changes, and making it so.

use std::collections::{HashMap, HashSet};

use domain::access::Permission;
use domain::actor::Actor;
use domain::api::PathKind;
use domain::change::ChangeKind;
use domain::id::{ApiVersionId, OperationId, SpecRevisionId};
use openapi::Finding;
use openapi::diff::Change;
use openapi::import::RoutePreview;
use serde_json::json;
use store::api_operations::{self, Entry};
use store::api_versions::{self, ApiVersion};
use store::routes::Route;
use store::spec_revisions;

use super::apply;
use super::reading::{self, Reading};
use super::source::{self, Source};
use crate::access::need;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::routes::{self, path};
use crate::versions::{self, Unserved, clash};
use crate::work::Work;

/// What the next revision of a document would change.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// What the document holds, and what was found wrong in it.
    pub document: openapi::import::Preview,
    /// The document itself, byte for byte: what to give to the next step.
    pub source: Vec<u8>,
    /// What is different for callers, the breaking changes first.
    pub changes: Vec<Change>,
    /// Whether it is the document that the version has already.
    pub same: bool,
}

/// What the next revision of a document changed.
#[derive(Debug, Clone)]
pub struct Reimported {
    /// The version as it is now.
    pub version: ApiVersion,
    /// The number of the revision; none when the document was the same as before, and nothing was written.
    pub revision: Option<i64>,
    /// What is different for callers, the breaking changes first.
    pub changes: Vec<Change>,
    /// Names of routes that were made.
    pub routes_added: Vec<String>,
    /// Names of routes that went with their operations.
    pub routes_removed: Vec<String>,
    /// Names of routes whose method or path moved with their operations.
    pub routes_moved: Vec<String>,
    /// Operations without a route, and why.
    pub left_out: Vec<String>,
    /// What was found wrong in the document.
    pub findings: Vec<Finding>,
}

/// Tells what [`reimport`] would change. Changes nothing.
pub async fn compare(
    platform: &Platform,
    actor: &Actor,
    version: ApiVersionId,
    source: Source,
) -> Result<Comparison> {
    need(actor, Permission::CatalogWrite)?;
    let source = source::read(platform, source).await?;
    let before = current_source(platform, actor, version).await?;
    let same = before.as_deref() == Some(source.as_slice());
    let (document, changes) = match before {
        Some(before) => reading::compare(before, source.clone()).await?,
        None => (reading::glance(source.clone()).await?.0, Vec::new()),
    };
    Ok(Comparison {
        document,
        source,
        changes,
        same,
    })
}

/// Gives a version its next document: operations that are there keep their ids, routes follow those that came, went or
/// moved, and what was edited by hand stays. `at` is the version's version. The same document again changes nothing.
pub async fn reimport(
    platform: &Platform,
    actor: &Actor,
    id: ApiVersionId,
    at: i64,
    source: Source,
) -> Result<Reimported> {
    need(actor, Permission::CatalogWrite)?;
    let source = source::read(platform, source).await?;
    let before = current_source(platform, actor, id).await?;
    let reading = reading::read(source, before).await?;
    let mut work = platform.begin(actor).await?;
    api_versions::lock_publishing(work.conn(), actor.workspace).await?;
    let version = versions::load(work.conn(), actor.workspace, id).await?;
    if version.version != at {
        return Err(versions::stale(version.version));
    }
    let present =
        spec_revisions::checksum(work.conn(), actor.workspace, version.spec_revision_id).await?;
    if present.as_ref() == Some(&reading.checksum) {
        return Ok(unchanged(version, reading));
    }
    let unserved = Unserved::before(&mut work).await?;
    let done = write(platform, actor, &mut work, version, reading).await?;
    unserved.refuse_more(&mut work).await?;
    work.commit().await?;
    Ok(done)
}

/// Gives a version one of its former documents again, as its next revision.
pub async fn revert(
    platform: &Platform,
    actor: &Actor,
    id: ApiVersionId,
    at: i64,
    revision: SpecRevisionId,
) -> Result<Reimported> {
    need(actor, Permission::CatalogWrite)?;
    let found = {
        let mut conn = platform.db.read().await?;
        spec_revisions::find(&mut conn, actor.workspace, revision).await?
    };
    let row = found
        .filter(|row| row.api_version_id == id)
        .ok_or_else(|| Error::not_found("revision", revision))?;
    reimport(platform, actor, id, at, Source::Bytes(row.source)).await
}

async fn current_source(
    platform: &Platform,
    actor: &Actor,
    id: ApiVersionId,
) -> Result<Option<Vec<u8>>> {
    let mut conn = platform.db.read().await?;
    let version = versions::load(&mut conn, actor.workspace, id).await?;
    let row = spec_revisions::find(&mut conn, actor.workspace, version.spec_revision_id).await?;
    Ok(row.map(|row| row.source))
}

fn unchanged(version: ApiVersion, reading: Reading) -> Reimported {
    Reimported {
        version,
        revision: None,
        changes: Vec::new(),
        routes_added: Vec::new(),
        routes_removed: Vec::new(),
        routes_moved: Vec::new(),
        left_out: Vec::new(),
        findings: reading.preview.findings,
    }
}

async fn write(
    platform: &Platform,
    actor: &Actor,
    work: &mut Work,
    before: ApiVersion,
    reading: Reading,
) -> Result<Reimported> {
    let workspace = actor.workspace;
    let former = api_operations::index(work.conn(), workspace, before.id).await?;
    let document = platform.new_id();
    let author = actor.account().unwrap_or_default();
    let revision = apply::revision(work, &before, document, author, &reading).await?;
    let ids = apply::operations(platform, work, &before, &reading).await?;
    let mut follow = Follow::new(work, &before, &former).await?;
    follow.run(platform, work, &reading, &ids).await?;
    let after = ApiVersion {
        spec_revision_id: document,
        ..before.clone()
    };
    let after = versions::write(work, after, before.version, &before).await?;
    let name = versions::full_name(work.conn(), &after).await?;
    let told = json!({
        "revision": revision, "checksum": reading.checksum, "changes": reading.changes.len(),
        "breaking": reading.changes.iter().filter(|change| change.breaking).count(),
        "routes_added": follow.added, "routes_removed": follow.removed, "routes_moved": follow.moved,
    });
    work.audit(
        "document.reimported",
        "api_version",
        after.id,
        &name,
        None,
        Some(told),
    );
    Ok(Reimported {
        version: after,
        revision: Some(revision),
        changes: reading.changes,
        routes_added: follow.added,
        routes_removed: follow.removed,
        routes_moved: follow.moved,
        left_out: follow.left_out,
        findings: reading.preview.findings,
    })
}

/// The routes of a version on their way after its operations.
struct Follow<'a> {
    version: &'a ApiVersion,
    /// The operations as they were, by id.
    former: HashMap<OperationId, &'a Entry>,
    /// The slugs that were there.
    slugs: HashSet<&'a str>,
    routes: Vec<Route>,
    added: Vec<String>,
    removed: Vec<String>,
    moved: Vec<String>,
    left_out: Vec<String>,
}

impl<'a> Follow<'a> {
    async fn new(work: &mut Work, version: &'a ApiVersion, former: &'a [Entry]) -> Result<Self> {
        Ok(Self {
            version,
            former: former.iter().map(|entry| (entry.id, entry)).collect(),
            slugs: former.iter().map(|entry| entry.slug.as_str()).collect(),
            routes: store::routes::of_version(work.conn(), version.workspace_id, version.id)
                .await?,
            added: Vec::new(),
            removed: Vec::new(),
            moved: Vec::new(),
            left_out: Vec::new(),
        })
    }

    async fn run(
        &mut self,
        platform: &Platform,
        work: &mut Work,
        reading: &Reading,
        ids: &HashMap<String, OperationId>,
    ) -> Result<()> {
        self.remove_orphans(work, ids).await?;
        let previews: HashMap<OperationId, &RoutePreview> = reading
            .preview
            .routes
            .iter()
            .filter_map(|preview| Some((*ids.get(&preview.key)?, preview)))
            .collect();
        self.move_routes(work, &previews).await?;
        self.add_routes(platform, work, reading, ids).await?;
        let mut clash = clash::within(&self.routes);
        if clash.is_none() && self.version.lifecycle.is_routed() {
            clash = clash::across(work.conn(), self.version, &self.routes).await?;
        }
        match clash {
            Some(clash) => Err(Error::invalid(
                "document",
                format!("cannot be taken: {clash}"),
            )),
            None => Ok(()),
        }
    }

    /// Routes whose operation is gone from the document go too.
    async fn remove_orphans(
        &mut self,
        work: &mut Work,
        ids: &HashMap<String, OperationId>,
    ) -> Result<()> {
        let present: HashSet<OperationId> = ids.values().copied().collect();
        let (orphans, rest): (Vec<Route>, Vec<Route>) = std::mem::take(&mut self.routes)
            .into_iter()
            .partition(|route| {
                !route.operation_id.is_nil() && !present.contains(&route.operation_id)
            });
        self.routes = rest;
        for route in orphans {
            routes::remove(work, &route).await?;
            self.removed.push(route.name);
        }
        Ok(())
    }

    /// Routes that still look like their operation did follow it; those that were edited stay.
    async fn move_routes(
        &mut self,
        work: &mut Work,
        previews: &HashMap<OperationId, &RoutePreview>,
    ) -> Result<()> {
        for route in &mut self.routes {
            let (Some(was), Some(is)) = (
                self.former.get(&route.operation_id),
                previews.get(&route.operation_id),
            ) else {
                continue;
            };
            let looks_alike = route.methods.0 == [was.method.as_str()]
                && path::shape(route.path_kind, &route.path) == shape_of(&was.path);
            let stays = route.methods.0 == [is.method.as_str()] && route.path == is.route;
            if !looks_alike || stays || !is.imported {
                continue;
            }
            let was_named = routes::default_name(&route.methods.0, &route.path);
            route.methods.0 = vec![is.method.clone()];
            route.path.clone_from(&is.route);
            if route.name == was_named {
                route.name = routes::default_name(&route.methods.0, &route.path);
            }
            route.updated_at = work.at();
            if !store::routes::update(work.conn(), route).await? {
                return Err(Error::not_found("route", route.id));
            }
            route.version += 1;
            work.changed(ChangeKind::Route, route.id);
            self.moved.push(route.name.clone());
        }
        Ok(())
    }

    /// New operations get routes, unless one that was made by hand is there already.
    async fn add_routes(
        &mut self,
        platform: &Platform,
        work: &mut Work,
        reading: &Reading,
        ids: &HashMap<String, OperationId>,
    ) -> Result<()> {
        let mut taken = clash::Taken::default();
        for route in &self.routes {
            taken.add(&self.version.base_path, route, None);
        }
        for preview in &reading.preview.routes {
            let Some(id) = ids
                .get(&preview.key)
                .filter(|_| !self.slugs.contains(preview.key.as_str()))
            else {
                continue;
            };
            let place = format!("{} {}", preview.method, preview.route);
            if !preview.imported {
                self.left_out.push(format!("{place}: see the findings"));
                continue;
            }
            let route = apply::route(platform, work, self.version, *id, preview, &HashSet::new());
            if let Some(clash) = taken.clash(&self.version.base_path, &route) {
                self.left_out.push(format!("{place}: {clash}"));
                continue;
            }
            apply::insert_route(work, &route).await?;
            taken.add(&self.version.base_path, &route, None);
            self.added.push(route.name.clone());
            self.routes.push(route);
        }
        Ok(())
    }
}

/// The shape of the route that a path of a document became: the operators inside of braces are no part of it.
fn shape_of(path: &str) -> String {
    path::shape(PathKind::Template, &path.replace("*}", "}"))
}

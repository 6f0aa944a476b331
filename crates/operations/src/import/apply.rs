//! Writing what a document holds: its revision, its operations and their routes.

use std::collections::{HashMap, HashSet};

use domain::api::PathKind;
use domain::change::ChangeKind;
use domain::id::{AccountId, OperationId, SpecRevisionId};
use gateway_snapshot::condition::{Condition, Test};
use gateway_snapshot::settings::{Access, RouteSettings};
use openapi::import::{ConditionPlace, RouteCondition, RoutePreview};
use serde_json::json;
use store::api_operations::{self, Operation};
use store::api_versions::ApiVersion;
use store::routes::Route;
use store::spec_revisions::{self, SpecRevision};

use super::reading::{OperationRow, Reading};
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::routes;
use crate::work::Work;

/// Writes the document as the next revision of a version, under an id that was made before.
pub(super) async fn revision(
    work: &mut Work,
    version: &ApiVersion,
    id: SpecRevisionId,
    author: AccountId,
    reading: &Reading,
) -> Result<i64> {
    let workspace = work.workspace();
    let number = spec_revisions::last_number(work.conn(), workspace, version.id).await? + 1;
    let row = SpecRevision {
        id,
        workspace_id: workspace,
        api_version_id: version.id,
        number,
        media_type: reading.media_type.to_owned(),
        source: reading.source.clone(),
        checksum: reading.checksum.clone(),
        overview: text_of(&reading.overview),
        findings: text_of(&reading.preview.findings),
        changes: text_of(&reading.changes),
        created_by: author,
        created_at: work.at(),
    };
    spec_revisions::insert(work.conn(), &row).await?;
    Ok(number)
}

/// Writes the operations: those that are there keep their ids, those that are gone from the document go. Gives back the id
/// of each slug.
pub(super) async fn operations(
    platform: &Platform,
    work: &mut Work,
    version: &ApiVersion,
    reading: &Reading,
) -> Result<HashMap<String, OperationId>> {
    let workspace = work.workspace();
    let mut present: HashMap<String, OperationId> =
        api_operations::index(work.conn(), workspace, version.id)
            .await?
            .into_iter()
            .map(|entry| (entry.slug, entry.id))
            .collect();
    let mut ids = HashMap::with_capacity(reading.operations.len());
    for (position, operation) in (0_i64..).zip(&reading.operations) {
        let known = present.remove(&operation.slug);
        let id = known.unwrap_or_else(|| platform.new_id());
        let page = reading.shelf.get(&operation.page).map_err(Error::Shelf)?;
        let row = row(version, id, position, operation, page);
        match known {
            Some(_) => api_operations::update(work.conn(), &row).await.map(drop)?,
            None => api_operations::insert(work.conn(), &row).await?,
        }
        ids.insert(row.slug, id);
    }
    for gone in present.into_values() {
        api_operations::delete(work.conn(), workspace, gone).await?;
    }
    Ok(ids)
}

/// The route that an operation becomes.
pub(super) fn route(
    platform: &Platform,
    work: &Work,
    version: &ApiVersion,
    operation: OperationId,
    preview: &RoutePreview,
    open: &HashSet<&str>,
) -> Route {
    let methods = vec![preview.method.clone()];
    let access = if open.contains(preview.key.as_str()) {
        Access::Open
    } else {
        Access::Subscription
    };
    let (headers, query) = conditions(&preview.conditions);
    let settings = RouteSettings {
        access,
        headers,
        query,
        ..RouteSettings::default()
    };
    Route {
        id: platform.new_id(),
        workspace_id: version.workspace_id,
        api_version_id: version.id,
        operation_id: operation,
        name: routes::default_name(&methods, &preview.route),
        methods: methods.into(),
        path: preview.route.clone(),
        path_kind: PathKind::Template,
        priority: 0,
        settings: json!(settings).into(),
        enabled: true,
        created_at: work.at(),
        updated_at: work.at(),
        version: 1,
    }
}

/// The conditions of a route on headers, and on the query.
pub(crate) fn conditions(found: &[RouteCondition]) -> (Vec<Condition>, Vec<Condition>) {
    let of = |place: ConditionPlace| {
        found
            .iter()
            .filter(move |one| one.place == place)
            .map(|one| Condition {
                name: one.name.clone(),
                value: one.value.clone().map_or(Test::Present, Test::Equals),
            })
            .collect()
    };
    (of(ConditionPlace::Header), of(ConditionPlace::Query))
}

/// Writes a new route and tells the gateway. An import has one audit line for all of them.
pub(super) async fn insert_route(work: &mut Work, route: &Route) -> Result<()> {
    store::routes::insert(work.conn(), route).await?;
    work.changed(ChangeKind::Route, route.id);
    Ok(())
}

fn row(
    version: &ApiVersion,
    id: OperationId,
    position: i64,
    from: &OperationRow,
    page: String,
) -> Operation {
    Operation {
        id,
        workspace_id: version.workspace_id,
        api_version_id: version.id,
        slug: from.slug.clone(),
        method: from.method.clone(),
        path: from.path.clone(),
        summary: from.summary.clone(),
        about: from.about.clone(),
        tag: from.tag.clone(),
        deprecated: from.deprecated,
        position,
        page,
    }
}

fn text_of(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("what is kept of a document has text keys only")
}

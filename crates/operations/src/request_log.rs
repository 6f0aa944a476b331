//! The request log: a developer's own calls, or everybody's, and one request by its id.

use std::time::Duration;

use domain::Timestamp;
use domain::access::Permission;
use domain::actor::Actor;
use domain::id::{ApiId, ApiVersionId, GatewayNodeId, OperationId, RequestLogId, SubscriptionId};
use serde::{Deserialize, Serialize};
use store::request_log::{Filter, Request};

use crate::access::person;
use crate::applications::reach;
use crate::error::{Error, Result};
use crate::paging::{Page, Paging};
use crate::platform::Platform;
use crate::usage::Scope;

/// How long requests are kept.
pub const KEPT: Duration = Duration::from_secs(7 * 86_400);
/// How many lines are dropped in one transaction.
const BATCH: i64 = 5_000;

/// Which requests are looked for. `None` is "any".
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// Any version of this API.
    pub api: Option<ApiId>,
    /// This API version.
    pub api_version: Option<ApiVersionId>,
    /// This operation.
    pub operation: Option<OperationId>,
    /// This subscription.
    pub subscription: Option<SubscriptionId>,
    /// Taken by this node.
    pub node: Option<GatewayNodeId>,
    /// 2 for 2xx and so on.
    pub class: Option<u16>,
    /// This very status.
    pub status: Option<u16>,
    /// This refusal.
    pub code: Option<String>,
    /// Whether what went well is left out.
    pub failures: bool,
    /// A request id, or a part of the path.
    pub text: String,
}

#[derive(Serialize, Deserialize)]
struct Place(i64, RequestLogId);

/// A page of the log, the latest request first.
pub async fn list(
    platform: &Platform,
    actor: &Actor,
    scope: Scope,
    search: &Search,
    paging: &Paging,
) -> Result<Page<Request>> {
    let mut conn = platform.db.read().await?;
    let (owner, application) = scope.resolve(&mut conn, actor).await?;
    let now = platform.now();
    let text = search.text.trim().replace('\0', "");
    let filter = Filter {
        owner,
        application,
        from: search.from.unwrap_or(now - KEPT),
        to: search.to.unwrap_or(Timestamp::from_micros(i64::MAX)),
        api_version: search.api_version,
        api: search.api,
        operation: search.operation,
        subscription: search.subscription,
        node: search.node,
        class: search.class.map(i64::from),
        status: search.status.map(i64::from),
        code: search.code.clone(),
        failures: search.failures,
        text: Some(text).filter(|text| !text.is_empty()),
    };
    let after = paging.cursor::<Place>()?;
    let after = after.map(|Place(at, id)| (Timestamp::from_micros(at), id));
    let rows = store::request_log::page(&mut conn, actor.workspace, &filter, after, paging.probe())
        .await?;
    Ok(paging.page(rows, |request| Place(request.at.micros(), request.id)))
}

/// The requests with this `X-Request-Id` that the actor may see: the own ones, or any with the permission.
pub async fn find(platform: &Platform, actor: &Actor, request_id: &str) -> Result<Request> {
    let mut conn = platform.db.read().await?;
    let missing = || Error::not_found("request", request_id);
    if request_id.contains('\0') {
        return Err(missing());
    }
    let found = store::request_log::find(&mut conn, actor.workspace, request_id).await?;
    for request in found {
        if actor.may(Permission::UsageRead) {
            return Ok(request);
        }
        let own = reach::readable(&mut conn, actor, request.application_id).await;
        if own.is_ok() {
            return Ok(request);
        }
    }
    person(actor)?;
    Err(missing())
}

/// Drops requests that are older than [`KEPT`]. For jobs; answers how many went.
pub async fn forget(platform: &Platform) -> Result<u64> {
    let before = platform.now() - KEPT;
    let mut gone = 0;
    loop {
        let mut tx = platform.db.begin().await?;
        let dropped = store::request_log::forget(&mut tx, before, BATCH).await?;
        tx.commit().await?;
        gone += dropped;
        if dropped < BATCH.unsigned_abs() {
            return Ok(gone);
        }
    }
}

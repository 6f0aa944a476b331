//! `POST /dry-runs`

use super::{DryRun, DryRunResult};
use crate::body::Body;
use crate::caller::Caller;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;

/// Tries a request: its route, each policy's verdict, and what the upstream or the caller would get. Nothing is sent.
#[utoipa::path(post, path = "/dry-runs", tag = "Policies", operation_id = "create_dry_run", request_body = DryRun, responses((status = 200, description = "Done", body = DryRunResult), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn create_dry_run(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<DryRun>,
) -> Result<Json<DryRunResult>, Problem> {
    let done = operations::tester::rehearse(&admin.platform, &actor, body.read()?).await?;
    Ok(Json(done.into()))
}

//! `GET /plans/{plan}`

use super::Plan;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// One plan.
#[utoipa::path(get, path = "/plans/{plan}", tag = "Plans", operation_id = "show_plan", params(("plan" = Uuid, Path, description = "The id of the plan")), responses((status = 200, description = "Done", body = Plan), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn show_plan(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(plan): At<Uuid>,
) -> Result<Tagged<Plan>, Problem> {
    let found = operations::plans::find(&admin.platform, &actor, plan.into()).await?;
    Ok(Tagged(found.version, found.into()))
}

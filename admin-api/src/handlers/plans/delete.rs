//! `DELETE /plans/{plan}`

use crate::caller::Caller;
use crate::etag::Expected;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Deletes a plan; refused while a subscription is made under it.
#[utoipa::path(delete, path = "/plans/{plan}", tag = "Plans", operation_id = "delete_plan", params(("plan" = Uuid, Path, description = "The id of the plan"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), responses((status = 204, description = "Done"), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn delete_plan(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(plan): At<Uuid>,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    operations::plans::delete(&admin.platform, &actor, plan.into(), version).await?;
    Ok(StatusCode::NO_CONTENT)
}

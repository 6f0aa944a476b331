//! `POST /plans/{plan}/retire`

use super::Plan;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use operations::plans::Open;
use uuid::Uuid;

/// Retires a plan; refused while it has open subscriptions.
#[utoipa::path(post, path = "/plans/{plan}/retire", tag = "Plans", operation_id = "retire_plan", params(("plan" = Uuid, Path, description = "The id of the plan"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), responses((status = 200, description = "Done", body = Plan), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn retire_plan(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(plan): At<Uuid>,
    Expected(version): Expected,
) -> Result<Tagged<Plan>, Problem> {
    let changed =
        operations::plans::retire(&admin.platform, &actor, plan.into(), version, Open::Refuse)
            .await?;
    Ok(Tagged(changed.version, changed.into()))
}

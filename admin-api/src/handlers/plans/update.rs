//! `PUT /plans/{plan}`

use super::{Plan, PlanInput};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Changes the terms of a plan.
#[utoipa::path(put, path = "/plans/{plan}", tag = "Plans", operation_id = "update_plan", params(("plan" = Uuid, Path, description = "The id of the plan"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), request_body = PlanInput, responses((status = 200, description = "Done", body = Plan), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn update_plan(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(plan): At<Uuid>,
    Expected(version): Expected,
    Body(body): Body<PlanInput>,
) -> Result<Tagged<Plan>, Problem> {
    let changed =
        operations::plans::update(&admin.platform, &actor, plan.into(), version, &body.read()?)
            .await?;
    Ok(Tagged(changed.version, changed.into()))
}

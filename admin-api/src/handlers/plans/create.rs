//! `POST /products/{product}/plans`

use super::{Plan, PlanInput};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Makes a plan.
#[utoipa::path(post, path = "/products/{product}/plans", tag = "Plans", operation_id = "create_plan", params(("product" = Uuid, Path, description = "The id of the product")), request_body = PlanInput, responses((status = 201, description = "Done", body = Plan), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn create_plan(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(product): At<Uuid>,
    Body(body): Body<PlanInput>,
) -> Result<(StatusCode, Tagged<Plan>), Problem> {
    let made =
        operations::plans::create(&admin.platform, &actor, product.into(), &body.read()?).await?;
    Ok((StatusCode::CREATED, Tagged(made.version, made.into())))
}

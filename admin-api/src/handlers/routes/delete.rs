//! `DELETE /routes/{route}`

use crate::caller::Caller;
use crate::etag::Expected;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Deletes a route.
#[utoipa::path(delete, path = "/routes/{route}", tag = "Routes", operation_id = "delete_route", params(("route" = Uuid, Path, description = "The id of the route"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), responses((status = 204, description = "Done"), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn delete_route(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(route): At<Uuid>,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    operations::routes::delete(&admin.platform, &actor, route.into(), version).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! `GET /usage`

use super::{UsageQuery, UsageReport};
use crate::caller::Caller;
use crate::list::Query;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;

/// Calls of a range of time, in buckets.
#[utoipa::path(get, path = "/usage", tag = "Usage", operation_id = "report_usage", params(UsageQuery), responses((status = 200, description = "Done", body = UsageReport), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn report_usage(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Query(filter): Query<UsageQuery>,
) -> Result<Json<UsageReport>, Problem> {
    let report = operations::usage::report(&admin.platform, &actor, &filter.read()?).await?;
    Ok(Json(report.into()))
}

//! `DELETE /upstreams/{upstream}`

use crate::caller::Caller;
use crate::etag::Expected;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Deletes an upstream; refused while something needs it.
#[utoipa::path(delete, path = "/upstreams/{upstream}", tag = "Upstreams", operation_id = "delete_upstream", params(("upstream" = Uuid, Path, description = "The id of the upstream"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), responses((status = 204, description = "Deleted"), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn delete_upstream(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(upstream): At<Uuid>,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    operations::upstreams::delete(&admin.platform, &actor, upstream.into(), version).await?;
    Ok(StatusCode::NO_CONTENT)
}

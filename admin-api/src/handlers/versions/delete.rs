//! `DELETE /versions/{version_id}`

use crate::caller::Caller;
use crate::etag::Expected;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Deletes a version; refused while it is routed or on offer.
#[utoipa::path(delete, path = "/versions/{version_id}", tag = "Versions", operation_id = "delete_version", params(("version_id" = Uuid, Path, description = "The id of the version id"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), responses((status = 204, description = "Done"), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn delete_version(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(version_id): At<Uuid>,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    operations::versions::delete(&admin.platform, &actor, version_id.into(), version).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! `DELETE /cas/{ca}`

use crate::caller::Caller;
use crate::etag::Expected;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Deletes a bundle that nothing is verified with.
#[utoipa::path(delete, path = "/cas/{ca}", tag = "Certificates", operation_id = "delete_ca", params(("ca" = Uuid, Path, description = "The id of the bundle of authorities"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), responses((status = 204, description = "Deleted"), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn delete_ca(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(ca): At<Uuid>,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    operations::cas::delete(&admin.platform, &actor, ca.into(), version).await?;
    Ok(StatusCode::NO_CONTENT)
}

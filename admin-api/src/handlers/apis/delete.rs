//! `DELETE /apis/{api}`

use crate::caller::Caller;
use crate::etag::Expected;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Deletes an API with its versions; refused while a version is on the gateway or on offer.
#[utoipa::path(delete, path = "/apis/{api}", tag = "APIs", operation_id = "delete_api", params(("api" = Uuid, Path, description = "The id of the api"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), responses((status = 204, description = "Done"), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn delete_api(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(api): At<Uuid>,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    operations::apis::delete(&admin.platform, &actor, api.into(), version).await?;
    Ok(StatusCode::NO_CONTENT)
}

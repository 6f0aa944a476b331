//! `DELETE /applications/{application}`

use crate::caller::Caller;
use crate::etag::Expected;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use operations::plans::Open;
use uuid::Uuid;

/// Deletes an application; refused while it has open subscriptions.
#[utoipa::path(delete, path = "/applications/{application}", tag = "Applications", operation_id = "delete_application", params(("application" = Uuid, Path, description = "The id of the application"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), responses((status = 204, description = "Done"), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn delete_application(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(application): At<Uuid>,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    operations::applications::delete(
        &admin.platform,
        &actor,
        application.into(),
        version,
        Open::Refuse,
    )
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

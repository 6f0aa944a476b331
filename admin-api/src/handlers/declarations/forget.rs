//! `DELETE /config/declarations/{declaration}`

use crate::caller::Caller;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use operations::declared;
use uuid::Uuid;

/// Forgets what was applied under a tag: the platform is no longer held against it. Nothing else changes.
#[utoipa::path(delete, path = "/config/declarations/{declaration}", tag = "Configuration", operation_id = "forget_declaration", params(("declaration" = Uuid, Path, description = "The id of the declaration")), responses((status = 204, description = "Done"), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn forget_declaration(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(declaration): At<Uuid>,
) -> Result<StatusCode, Problem> {
    declared::forget(&admin.platform, &actor, declaration.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

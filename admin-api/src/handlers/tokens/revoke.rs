//! `DELETE /tokens/{token}`

use crate::caller::Caller;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Revokes a token.
#[utoipa::path(delete, path = "/tokens/{token}", tag = "Tokens", operation_id = "revoke_token", params(("token" = Uuid, Path, description = "The id of the token")), responses((status = 204, description = "Done"), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn revoke_token(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(token): At<Uuid>,
) -> Result<StatusCode, Problem> {
    operations::tokens::revoke(&admin.platform, &actor, token.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

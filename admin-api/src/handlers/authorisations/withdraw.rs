//! `DELETE /authorisations/{authorisation}`

use crate::caller::Caller;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Takes back what the person behind the token allowed; every token that came from it is refused within a second.
#[utoipa::path(delete, path = "/authorisations/{authorisation}", tag = "OAuth", operation_id = "withdraw_authorisation", params(("authorisation" = Uuid, Path, description = "The id of the authorisation")), responses((status = 204, description = "Done"), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn withdraw_authorisation(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(authorisation): At<Uuid>,
) -> Result<StatusCode, Problem> {
    operations::oauth::grants::withdraw(&admin.platform, &actor, authorisation.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! `POST /config/declarations/check`

use super::Declarations;
use crate::caller::Caller;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;
use operations::declared;

/// Holds the platform against what was applied last under each tag, now. Changes nothing of the configuration.
#[utoipa::path(post, path = "/config/declarations/check", tag = "Configuration", operation_id = "check_declarations", responses((status = 200, description = "Done", body = Declarations), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn check_declarations(
    State(admin): State<Admin>,
    Caller(actor): Caller,
) -> Result<Json<Declarations>, Problem> {
    let all = Box::pin(declared::check(&admin.platform, &actor)).await?;
    Ok(Json(all.into()))
}

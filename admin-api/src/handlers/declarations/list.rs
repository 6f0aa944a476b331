//! `GET /config/declarations`

use super::Declarations;
use crate::caller::Caller;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;
use operations::declared;

/// What was applied last under each tag, and how the platform differed from it when it was last looked at. A job looks
/// every quarter of an hour.
#[utoipa::path(get, path = "/config/declarations", tag = "Configuration", operation_id = "list_declarations", responses((status = 200, description = "Done", body = Declarations), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_declarations(
    State(admin): State<Admin>,
    Caller(actor): Caller,
) -> Result<Json<Declarations>, Problem> {
    let all = declared::list(&admin.platform, &actor).await?;
    Ok(Json(all.into()))
}

//! `GET /versions/{version_id}/routes`

use super::Routes;
use crate::caller::Caller;
use crate::path::At;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Routes of a version.
#[utoipa::path(get, path = "/versions/{version_id}/routes", tag = "Routes", operation_id = "list_routes", params(("version_id" = Uuid, Path, description = "The id of the version id")), responses((status = 200, description = "Done", body = Routes), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_routes(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(version_id): At<Uuid>,
) -> Result<Json<Routes>, Problem> {
    let rows = operations::routes::list(&admin.platform, &actor, version_id.into()).await?;
    Ok(Json(Routes {
        items: rows.into_iter().map(Into::into).collect(),
    }))
}

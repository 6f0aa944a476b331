//! `GET /applications/{application}/credentials`

use super::Credentials;
use crate::caller::Caller;
use crate::path::At;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Credentials of an application.
#[utoipa::path(get, path = "/applications/{application}/credentials", tag = "Credentials", operation_id = "list_credentials", params(("application" = Uuid, Path, description = "The id of the application")), responses((status = 200, description = "Done", body = Credentials), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_credentials(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(application): At<Uuid>,
) -> Result<Json<Credentials>, Problem> {
    let keys = operations::credentials::of_application(&admin.platform, &actor, application.into())
        .await?;
    Ok(Json(Credentials {
        items: keys.into_iter().map(Into::into).collect(),
    }))
}

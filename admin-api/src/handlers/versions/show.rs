//! `GET /versions/{version_id}`

use super::Version;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// One version.
#[utoipa::path(get, path = "/versions/{version_id}", tag = "Versions", operation_id = "show_version", params(("version_id" = Uuid, Path, description = "The id of the version id")), responses((status = 200, description = "Done", body = Version), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn show_version(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(version_id): At<Uuid>,
) -> Result<Tagged<Version>, Problem> {
    let found = operations::versions::find(&admin.platform, &actor, version_id.into()).await?;
    Ok(Tagged(found.version, found.into()))
}

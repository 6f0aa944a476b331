//! `POST /versions/{version_id}/unpublish`

use super::Version;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Takes a version off the gateway; it is a draft again.
#[utoipa::path(post, path = "/versions/{version_id}/unpublish", tag = "Versions", operation_id = "unpublish_version", params(("version_id" = Uuid, Path, description = "The id of the version id"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), responses((status = 200, description = "Done", body = Version), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn unpublish_version(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(version_id): At<Uuid>,
    Expected(version): Expected,
) -> Result<Tagged<Version>, Problem> {
    let changed = operations::versions::lifecycle::unpublish(
        &admin.platform,
        &actor,
        version_id.into(),
        version,
    )
    .await?;
    Ok(Tagged(changed.version, changed.into()))
}

//! `PUT /versions/{version_id}`

use super::{Version, VersionInput};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Places a version elsewhere.
#[utoipa::path(put, path = "/versions/{version_id}", tag = "Versions", operation_id = "update_version", params(("version_id" = Uuid, Path, description = "The id of the version id"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), request_body = VersionInput, responses((status = 200, description = "Done", body = Version), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn update_version(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(version_id): At<Uuid>,
    Expected(version): Expected,
    Body(body): Body<VersionInput>,
) -> Result<Tagged<Version>, Problem> {
    let changed = operations::versions::update(
        &admin.platform,
        &actor,
        version_id.into(),
        version,
        body.read(),
    )
    .await?;
    Ok(Tagged(changed.version, changed.into()))
}

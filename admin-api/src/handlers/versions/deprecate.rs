//! `POST /versions/{version_id}/deprecate`

use super::{Deprecation, Version};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use crate::words::word;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Announces the end of a version; it goes on serving.
#[utoipa::path(post, path = "/versions/{version_id}/deprecate", tag = "Versions", operation_id = "deprecate_version", params(("version_id" = Uuid, Path, description = "The id of the version id"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), request_body = Deprecation, responses((status = 200, description = "Done", body = Version), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn deprecate_version(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(version_id): At<Uuid>,
    Expected(version): Expected,
    Body(body): Body<Deprecation>,
) -> Result<Tagged<Version>, Problem> {
    let how = operations::versions::lifecycle::Deprecation {
        sunset_at: body
            .sunset_at
            .map(|at| word("sunset_at", &at))
            .transpose()?,
        successor: body.successor_id.map(Into::into),
    };
    let changed = operations::versions::lifecycle::deprecate(
        &admin.platform,
        &actor,
        version_id.into(),
        version,
        how,
    )
    .await?;
    Ok(Tagged(changed.version, changed.into()))
}

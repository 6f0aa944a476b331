//! `POST /apis/{api}/versions`

use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::handlers::versions::{Version, VersionInput};
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Makes a version without a document.
#[utoipa::path(post, path = "/apis/{api}/versions", tag = "APIs", operation_id = "create_version", params(("api" = Uuid, Path, description = "The id of the api")), request_body = VersionInput, responses((status = 201, description = "Done", body = Version), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn create_version(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(api): At<Uuid>,
    Body(body): Body<VersionInput>,
) -> Result<(StatusCode, Tagged<Version>), Problem> {
    let made =
        operations::versions::create(&admin.platform, &actor, api.into(), body.read()).await?;
    Ok((StatusCode::CREATED, Tagged(made.version, made.into())))
}

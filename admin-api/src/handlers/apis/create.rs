//! `POST /apis`

use super::{Api, ApiInput};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;

/// Makes an API without a version; importing a document makes one with.
#[utoipa::path(post, path = "/apis", tag = "APIs", operation_id = "create_api", request_body = ApiInput, responses((status = 201, description = "Done", body = Api), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn create_api(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<ApiInput>,
) -> Result<(StatusCode, Tagged<Api>), Problem> {
    let made = operations::apis::create(&admin.platform, &actor, body.read()?).await?;
    let found = operations::apis::find(&admin.platform, &actor, made.id).await?;
    Ok((StatusCode::CREATED, Tagged(found.api.version, found.into())))
}

//! `PUT /apis/{api}`

use super::{Api, ApiInput};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Changes what an API is called and who sees it.
#[utoipa::path(put, path = "/apis/{api}", tag = "APIs", operation_id = "update_api", params(("api" = Uuid, Path, description = "The id of the api"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), request_body = ApiInput, responses((status = 200, description = "Done", body = Api), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn update_api(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(api): At<Uuid>,
    Expected(version): Expected,
    Body(body): Body<ApiInput>,
) -> Result<Tagged<Api>, Problem> {
    operations::apis::update(&admin.platform, &actor, api.into(), version, body.read()?).await?;
    let found = operations::apis::find(&admin.platform, &actor, api.into()).await?;
    Ok(Tagged(found.api.version, found.into()))
}

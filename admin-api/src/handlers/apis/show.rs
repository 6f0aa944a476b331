//! `GET /apis/{api}`

use super::Api;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// One API.
#[utoipa::path(get, path = "/apis/{api}", tag = "APIs", operation_id = "show_api", params(("api" = Uuid, Path, description = "The id of the api")), responses((status = 200, description = "Done", body = Api), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn show_api(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(api): At<Uuid>,
) -> Result<Tagged<Api>, Problem> {
    let found = operations::apis::find(&admin.platform, &actor, api.into()).await?;
    Ok(Tagged(found.api.version, found.into()))
}

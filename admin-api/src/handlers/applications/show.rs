//! `GET /applications/{application}`

use super::Application;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// One application.
#[utoipa::path(get, path = "/applications/{application}", tag = "Applications", operation_id = "show_application", params(("application" = Uuid, Path, description = "The id of the application")), responses((status = 200, description = "Done", body = Application), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn show_application(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(application): At<Uuid>,
) -> Result<Tagged<Application>, Problem> {
    let found = operations::applications::find(&admin.platform, &actor, application.into()).await?;
    Ok(Tagged(found.version, found.into()))
}

//! `POST /applications/{application}/resume`

use super::Application;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Lets an application in again.
#[utoipa::path(post, path = "/applications/{application}/resume", tag = "Applications", operation_id = "resume_application", params(("application" = Uuid, Path, description = "The id of the application"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), responses((status = 200, description = "Done", body = Application), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn resume_application(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(application): At<Uuid>,
    Expected(version): Expected,
) -> Result<Tagged<Application>, Problem> {
    operations::applications::resume(&admin.platform, &actor, application.into(), version).await?;
    let found = operations::applications::find(&admin.platform, &actor, application.into()).await?;
    Ok(Tagged(found.version, found.into()))
}

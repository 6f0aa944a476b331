//! `POST /applications/{application}/suspend`

use super::{Application, Reason};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Shuts an application out: its credentials are refused within a second.
#[utoipa::path(post, path = "/applications/{application}/suspend", tag = "Applications", operation_id = "suspend_application", params(("application" = Uuid, Path, description = "The id of the application"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), request_body = Reason, responses((status = 200, description = "Done", body = Application), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn suspend_application(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(application): At<Uuid>,
    Expected(version): Expected,
    Body(body): Body<Reason>,
) -> Result<Tagged<Application>, Problem> {
    operations::applications::suspend(
        &admin.platform,
        &actor,
        application.into(),
        version,
        &body.reason,
    )
    .await?;
    let found = operations::applications::find(&admin.platform, &actor, application.into()).await?;
    Ok(Tagged(found.version, found.into()))
}

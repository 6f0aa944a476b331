//! `PUT /applications/{application}`

use super::{Application, ApplicationInput};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Renames an application.
#[utoipa::path(put, path = "/applications/{application}", tag = "Applications", operation_id = "update_application", params(("application" = Uuid, Path, description = "The id of the application"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), request_body = ApplicationInput, responses((status = 200, description = "Done", body = Application), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn update_application(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(application): At<Uuid>,
    Expected(version): Expected,
    Body(body): Body<ApplicationInput>,
) -> Result<Tagged<Application>, Problem> {
    let input = operations::applications::Input {
        name: body.name,
        description: body.description,
    };
    operations::applications::update(&admin.platform, &actor, application.into(), version, &input)
        .await?;
    let found = operations::applications::find(&admin.platform, &actor, application.into()).await?;
    Ok(Tagged(found.version, found.into()))
}

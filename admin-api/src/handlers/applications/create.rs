//! `POST /applications`

use super::{Application, NewApplication};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;

/// Makes an application.
#[utoipa::path(post, path = "/applications", tag = "Applications", operation_id = "create_application", request_body = NewApplication, responses((status = 201, description = "Done", body = Application), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn create_application(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<NewApplication>,
) -> Result<(StatusCode, Tagged<Application>), Problem> {
    let owner = match body.owner_id {
        Some(owner) => owner.into(),
        None => operations::access::person(&actor)?,
    };
    let input = operations::applications::Input {
        name: body.name,
        description: body.description,
    };
    let made = operations::applications::create_for(&admin.platform, &actor, owner, &input).await?;
    let found = operations::applications::find(&admin.platform, &actor, made.id).await?;
    Ok((StatusCode::CREATED, Tagged(found.version, found.into())))
}

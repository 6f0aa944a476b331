//! `POST /versions/{version_id}/routes`

use super::{Route, RouteInput};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Makes a route.
#[utoipa::path(post, path = "/versions/{version_id}/routes", tag = "Routes", operation_id = "create_route", params(("version_id" = Uuid, Path, description = "The id of the version id")), request_body = RouteInput, responses((status = 201, description = "Done", body = Route), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn create_route(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(version_id): At<Uuid>,
    Body(body): Body<RouteInput>,
) -> Result<(StatusCode, Tagged<Route>), Problem> {
    let made = operations::routes::create(&admin.platform, &actor, version_id.into(), body.read()?)
        .await?;
    Ok((StatusCode::CREATED, Tagged(made.version, made.into())))
}

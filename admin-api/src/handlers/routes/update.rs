//! `PUT /routes/{route}`

use super::{Route, RouteInput};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Changes a route.
#[utoipa::path(put, path = "/routes/{route}", tag = "Routes", operation_id = "update_route", params(("route" = Uuid, Path, description = "The id of the route"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), request_body = RouteInput, responses((status = 200, description = "Done", body = Route), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn update_route(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(route): At<Uuid>,
    Expected(version): Expected,
    Body(body): Body<RouteInput>,
) -> Result<Tagged<Route>, Problem> {
    let changed =
        operations::routes::update(&admin.platform, &actor, route.into(), version, body.read()?)
            .await?;
    Ok(Tagged(changed.version, changed.into()))
}

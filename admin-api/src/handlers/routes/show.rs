//! `GET /routes/{route}`

use super::Route;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// One route.
#[utoipa::path(get, path = "/routes/{route}", tag = "Routes", operation_id = "show_route", params(("route" = Uuid, Path, description = "The id of the route")), responses((status = 200, description = "Done", body = Route), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn show_route(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(route): At<Uuid>,
) -> Result<Tagged<Route>, Problem> {
    let found = operations::routes::find(&admin.platform, &actor, route.into()).await?;
    Ok(Tagged(found.version, found.into()))
}

//! `GET /routes/{route}/policies`

use super::EffectivePolicies;
use crate::caller::Caller;
use crate::path::At;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Policies in force on a route, from all its scopes.
#[utoipa::path(get, path = "/routes/{route}/policies", tag = "Policies", operation_id = "list_route_policies", params(("route" = Uuid, Path, description = "The id of the route")), responses((status = 200, description = "Done", body = EffectivePolicies), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_route_policies(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(route): At<Uuid>,
) -> Result<Json<EffectivePolicies>, Problem> {
    let found = operations::policies::of_route(&admin.platform, &actor, route.into()).await?;
    Ok(Json(EffectivePolicies {
        items: found.into_iter().map(Into::into).collect(),
    }))
}

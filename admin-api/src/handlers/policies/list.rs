//! `GET /policies`

use super::{PlaceQuery, Policies};
use crate::caller::Caller;
use crate::list::Query;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;

/// Policies of one place.
#[utoipa::path(get, path = "/policies", tag = "Policies", operation_id = "list_policies", params(PlaceQuery), responses((status = 200, description = "Done", body = Policies), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_policies(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Query(filter): Query<PlaceQuery>,
) -> Result<Json<Policies>, Problem> {
    let rows = operations::policies::list(&admin.platform, &actor, filter.read()?).await?;
    Ok(Json(Policies {
        items: rows.into_iter().map(Into::into).collect(),
    }))
}

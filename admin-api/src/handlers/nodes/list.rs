//! `GET /nodes`

use super::Nodes;
use crate::caller::Caller;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;

/// Gateway nodes.
#[utoipa::path(get, path = "/nodes", tag = "Nodes", operation_id = "list_nodes", responses((status = 200, description = "Done", body = Nodes), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_nodes(
    State(admin): State<Admin>,
    Caller(actor): Caller,
) -> Result<Json<Nodes>, Problem> {
    let rows = operations::nodes::list(&admin.platform, &actor).await?;
    Ok(Json(Nodes {
        items: rows.into_iter().map(Into::into).collect(),
    }))
}

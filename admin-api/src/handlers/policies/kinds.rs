//! `GET /policy-kinds`

use super::{Kind, Kinds};
use crate::caller::Caller;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use domain::access::Permission;
use faces::problem::Problem;

/// Kinds of policies with the schema of their configuration.
#[utoipa::path(get, path = "/policy-kinds", tag = "Policies", operation_id = "list_policy_kinds", responses((status = 200, description = "Done", body = Kinds), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_policy_kinds(
    State(admin): State<Admin>,
    Caller(actor): Caller,
) -> Result<Json<Kinds>, Problem> {
    operations::access::need(&actor, Permission::CatalogRead)?;
    let _ = admin;
    let items = operations::policies::kinds()
        .into_iter()
        .map(|kind| Kind {
            kind: kind.kind,
            summary: kind.summary,
            stage: kind.stage,
            scopes: kind.scopes.iter().map(|scope| scope.as_str()).collect(),
            schema: kind.schema,
        })
        .collect();
    Ok(Json(Kinds { items }))
}

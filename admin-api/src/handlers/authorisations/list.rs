//! `GET /authorisations`

use super::Authorisations;
use crate::caller::Caller;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;

/// What the person behind the token allowed OAuth clients, and still allows.
#[utoipa::path(get, path = "/authorisations", tag = "OAuth", operation_id = "list_authorisations", responses((status = 200, description = "Done", body = Authorisations), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_authorisations(
    State(admin): State<Admin>,
    Caller(actor): Caller,
) -> Result<Json<Authorisations>, Problem> {
    let lines = operations::oauth::grants::mine(&admin.platform, &actor).await?;
    Ok(Json(Authorisations {
        items: lines.into_iter().map(Into::into).collect(),
    }))
}

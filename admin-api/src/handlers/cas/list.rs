//! `GET /cas`

use super::Ca;
use crate::caller::Caller;
use crate::list::List;
use crate::list::PageQuery;
use crate::list::Query;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;

/// Bundles of authorities by name.
#[utoipa::path(get, path = "/cas", tag = "Certificates", operation_id = "list_cas", params(PageQuery), responses((status = 200, description = "Done", body = List<Ca>), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_cas(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<Ca>>, Problem> {
    let page = operations::cas::list(&admin.platform, &actor, &page.paging()).await?;
    Ok(Json(List::of(page)))
}

//! `GET /upstreams`

use super::Upstream;
use crate::caller::Caller;
use crate::list::List;
use crate::list::PageQuery;
use crate::list::Query;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;

/// Upstreams by name.
#[utoipa::path(get, path = "/upstreams", tag = "Upstreams", operation_id = "list_upstreams", params(PageQuery), responses((status = 200, description = "Done", body = List<Upstream>), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_upstreams(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<Upstream>>, Problem> {
    let page = operations::upstreams::list(&admin.platform, &actor, &page.paging()).await?;
    Ok(Json(List::of(page)))
}

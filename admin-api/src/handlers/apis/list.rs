//! `GET /apis`

use super::{Api, TextQuery};
use crate::caller::Caller;
use crate::list::List;
use crate::list::PageQuery;
use crate::list::Query;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;

/// APIs by name.
#[utoipa::path(get, path = "/apis", tag = "APIs", operation_id = "list_apis", params(TextQuery, PageQuery), responses((status = 200, description = "Done", body = List<Api>), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_apis(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Query(filter): Query<TextQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<Api>>, Problem> {
    let page =
        operations::apis::list(&admin.platform, &actor, &filter.text, &page.paging()).await?;
    Ok(Json(List::of(page)))
}

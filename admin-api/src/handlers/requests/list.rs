//! `GET /requests`

use super::{Request, RequestQuery};
use crate::caller::Caller;
use crate::list::List;
use crate::list::PageQuery;
use crate::list::Query;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;
use operations::request_log::Search;
use operations::usage::Scope;

/// The request log of the last seven days, the newest first.
#[utoipa::path(get, path = "/requests", tag = "Request log", operation_id = "list_requests", params(RequestQuery, PageQuery), responses((status = 200, description = "Done", body = List<Request>), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_requests(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Query(filter): Query<RequestQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<Request>>, Problem> {
    let scope = match filter.application {
        Some(id) => Scope::Application(id.into()),
        None => Scope::Everything,
    };
    let search = Search {
        status: filter.status,
        code: filter.code,
        text: filter.text,
        ..Search::default()
    };
    let page =
        operations::request_log::list(&admin.platform, &actor, scope, &search, &page.paging())
            .await?;
    Ok(Json(List::of(page)))
}

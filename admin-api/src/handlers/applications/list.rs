//! `GET /applications`

use super::{Application, ApplicationFilter};
use crate::caller::Caller;
use crate::list::List;
use crate::list::PageQuery;
use crate::list::Query;
use crate::state::Admin;
use crate::words::word;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;

/// Applications by name.
#[utoipa::path(get, path = "/applications", tag = "Applications", operation_id = "list_applications", params(ApplicationFilter, PageQuery), responses((status = 200, description = "Done", body = List<Application>), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_applications(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Query(filter): Query<ApplicationFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<Application>>, Problem> {
    let search = operations::applications::Search {
        state: filter
            .state
            .as_deref()
            .map(|state| word("state", state))
            .transpose()?,
        owner: filter.owner.map(Into::into),
        text: filter.text,
    };
    let page =
        operations::applications::list(&admin.platform, &actor, &search, &page.paging()).await?;
    Ok(Json(List::of(page)))
}

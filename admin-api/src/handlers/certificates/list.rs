//! `GET /certificates`

use super::Certificate;
use crate::caller::Caller;
use crate::list::List;
use crate::list::PageQuery;
use crate::list::Query;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;

/// Certificates by name.
#[utoipa::path(get, path = "/certificates", tag = "Certificates", operation_id = "list_certificates", params(PageQuery), responses((status = 200, description = "Done", body = List<Certificate>), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_certificates(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<Certificate>>, Problem> {
    let page = operations::certificates::list(&admin.platform, &actor, &page.paging()).await?;
    Ok(Json(List::of(page)))
}

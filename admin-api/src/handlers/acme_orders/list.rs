//! `GET /acme-orders`

use super::AcmeOrder;
use crate::caller::Caller;
use crate::list::List;
use crate::list::PageQuery;
use crate::list::Query;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;

/// Orders for certificates, the oldest first.
#[utoipa::path(get, path = "/acme-orders", tag = "Certificates", operation_id = "list_acme_orders", params(PageQuery), responses((status = 200, description = "Done", body = List<AcmeOrder>), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_acme_orders(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<AcmeOrder>>, Problem> {
    let page = operations::acme::list(&admin.platform, &actor, &page.paging()).await?;
    Ok(Json(List::of(page)))
}

//! `GET /products`

use super::{Product, ProductFilter};
use crate::caller::Caller;
use crate::list::List;
use crate::list::PageQuery;
use crate::list::Query;
use crate::state::Admin;
use crate::words::word;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;

/// Products by name.
#[utoipa::path(get, path = "/products", tag = "Products", operation_id = "list_products", params(ProductFilter, PageQuery), responses((status = 200, description = "Done", body = List<Product>), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_products(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Query(filter): Query<ProductFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<Product>>, Problem> {
    let state = filter
        .state
        .as_deref()
        .map(|state| word("state", state))
        .transpose()?;
    let page = operations::products::list(
        &admin.platform,
        &actor,
        state,
        filter.text.as_deref(),
        &page.paging(),
    )
    .await?;
    Ok(Json(List::of(page)))
}

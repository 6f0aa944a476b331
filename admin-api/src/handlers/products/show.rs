//! `GET /products/{product}`

use super::WholeProduct;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// One product with what is in it.
#[utoipa::path(get, path = "/products/{product}", tag = "Products", operation_id = "show_product", params(("product" = Uuid, Path, description = "The id of the product")), responses((status = 200, description = "Done", body = WholeProduct), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn show_product(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(product): At<Uuid>,
) -> Result<Tagged<WholeProduct>, Problem> {
    let found = operations::products::find(&admin.platform, &actor, product.into()).await?;
    Ok(Tagged(found.product.version, found.into()))
}

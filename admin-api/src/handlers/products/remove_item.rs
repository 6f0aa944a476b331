//! `DELETE /products/{product}/items/{version_id}`

use crate::caller::Caller;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Takes an API version out of a product.
#[utoipa::path(delete, path = "/products/{product}/items/{version_id}", tag = "Products", operation_id = "remove_product_item", params(("product" = Uuid, Path, description = "The id of the product"), ("version_id" = Uuid, Path, description = "The id of the version id")), responses((status = 204, description = "Done"), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn remove_product_item(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At((product, version_id)): At<(Uuid, Uuid)>,
) -> Result<StatusCode, Problem> {
    operations::products::remove_item(&admin.platform, &actor, product.into(), version_id.into())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

//! `DELETE /products/{product}`

use crate::caller::Caller;
use crate::etag::Expected;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Deletes a product; refused while something needs it.
#[utoipa::path(delete, path = "/products/{product}", tag = "Products", operation_id = "delete_product", params(("product" = Uuid, Path, description = "The id of the product"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), responses((status = 204, description = "Deleted"), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn delete_product(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(product): At<Uuid>,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    operations::products::delete(&admin.platform, &actor, product.into(), version).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! `POST /products/{product}/retire`

use super::Product;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Takes a product off the shelf; what is subscribed goes on.
#[utoipa::path(post, path = "/products/{product}/retire", tag = "Products", operation_id = "retire_product", params(("product" = Uuid, Path, description = "The id of the product"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), responses((status = 200, description = "Done", body = Product), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn retire_product(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(product): At<Uuid>,
    Expected(version): Expected,
) -> Result<Tagged<Product>, Problem> {
    let changed =
        operations::products::retire(&admin.platform, &actor, product.into(), version).await?;
    Ok(Tagged(changed.version, changed.into()))
}

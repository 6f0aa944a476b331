//! `PUT /products/{product}`

use super::{Product, ProductInput};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Changes a product.
#[utoipa::path(put, path = "/products/{product}", tag = "Products", operation_id = "update_product", params(("product" = Uuid, Path, description = "The id of the product"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), request_body = ProductInput, responses((status = 200, description = "Changed", body = Product), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn update_product(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(product): At<Uuid>,
    Expected(version): Expected,
    Body(body): Body<ProductInput>,
) -> Result<Tagged<Product>, Problem> {
    let changed = operations::products::update(
        &admin.platform,
        &actor,
        product.into(),
        version,
        &body.read()?,
    )
    .await?;
    Ok(Tagged(changed.version, changed.into()))
}

//! `POST /products`

use super::{Product, ProductInput};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;

/// Makes a product.
#[utoipa::path(post, path = "/products", tag = "Products", operation_id = "create_product", request_body = ProductInput, responses((status = 201, description = "Made", body = Product), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn create_product(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<ProductInput>,
) -> Result<(StatusCode, Tagged<Product>), Problem> {
    let made = operations::products::create(&admin.platform, &actor, &body.read()?).await?;
    Ok((StatusCode::CREATED, Tagged(made.version, made.into())))
}

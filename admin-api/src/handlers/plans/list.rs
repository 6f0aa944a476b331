//! `GET /products/{product}/plans`

use super::Plans;
use crate::caller::Caller;
use crate::path::At;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Plans of a product.
#[utoipa::path(get, path = "/products/{product}/plans", tag = "Plans", operation_id = "list_plans", params(("product" = Uuid, Path, description = "The id of the product")), responses((status = 200, description = "Done", body = Plans), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_plans(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(product): At<Uuid>,
) -> Result<Json<Plans>, Problem> {
    let rows = operations::plans::of_product(&admin.platform, &actor, product.into()).await?;
    Ok(Json(Plans {
        items: rows.into_iter().map(Into::into).collect(),
    }))
}

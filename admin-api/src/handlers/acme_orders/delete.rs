//! `DELETE /acme-orders/{acme_order}`

use crate::caller::Caller;
use crate::etag::Expected;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Takes an order back: its certificate stays, and is not renewed.
#[utoipa::path(delete, path = "/acme-orders/{acme_order}", tag = "Certificates", operation_id = "delete_acme_order", params(("acme_order" = Uuid, Path, description = "The id of the order"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), responses((status = 204, description = "Deleted"), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn delete_acme_order(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(order): At<Uuid>,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    operations::acme::delete(&admin.platform, &actor, order.into(), version).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! `POST /acme-orders/{acme_order}/retry`

use super::AcmeOrder;
use crate::caller::Caller;
use crate::etag::{Expected, Tagged};
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Tries an order again now, or renews its certificate now.
#[utoipa::path(post, path = "/acme-orders/{acme_order}/retry", tag = "Certificates", operation_id = "retry_acme_order", params(("acme_order" = Uuid, Path, description = "The id of the order"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), responses((status = 200, description = "It is next", body = AcmeOrder), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn retry_acme_order(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(order): At<Uuid>,
    Expected(version): Expected,
) -> Result<Tagged<AcmeOrder>, Problem> {
    let order = operations::acme::retry(&admin.platform, &actor, order.into(), version).await?;
    Ok(Tagged(order.version, order.into()))
}

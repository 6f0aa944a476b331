//! `GET /acme-orders/{acme_order}`

use super::AcmeOrder;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// One order for a certificate.
#[utoipa::path(get, path = "/acme-orders/{acme_order}", tag = "Certificates", operation_id = "show_acme_order", params(("acme_order" = Uuid, Path, description = "The id of the order")), responses((status = 200, description = "Done", body = AcmeOrder), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn show_acme_order(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(order): At<Uuid>,
) -> Result<Tagged<AcmeOrder>, Problem> {
    let found = operations::acme::find(&admin.platform, &actor, order.into()).await?;
    Ok(Tagged(found.version, found.into()))
}

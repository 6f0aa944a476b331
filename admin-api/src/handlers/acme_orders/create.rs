//! `POST /acme-orders`

use super::{AcmeOrder, NewAcmeOrder};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;

/// Orders a certificate by ACME: it is got at once, and renewed before it ends. Refused while `acme.directory` and `acme.terms_agreed` are not set.
#[utoipa::path(post, path = "/acme-orders", tag = "Certificates", operation_id = "create_acme_order", request_body = NewAcmeOrder, responses((status = 201, description = "Ordered", body = AcmeOrder), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn create_acme_order(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<NewAcmeOrder>,
) -> Result<(StatusCode, Tagged<AcmeOrder>), Problem> {
    let made = operations::acme::create(&admin.platform, &actor, body.read()?).await?;
    Ok((StatusCode::CREATED, Tagged(made.version, made.into())))
}

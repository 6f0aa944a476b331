//! `POST /certificates`

use super::{Certificate, NewCertificate};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;

/// Uploads a certificate with its key; what does not fit, has expired or is weak is refused with the reason.
#[utoipa::path(post, path = "/certificates", tag = "Certificates", operation_id = "create_certificate", request_body = NewCertificate, responses((status = 201, description = "Made", body = Certificate), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn create_certificate(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<NewCertificate>,
) -> Result<(StatusCode, Tagged<Certificate>), Problem> {
    let (used_for, input) = body.read()?;
    let made = operations::certificates::create(&admin.platform, &actor, used_for, input).await?;
    Ok((StatusCode::CREATED, Tagged(made.version, made.into())))
}

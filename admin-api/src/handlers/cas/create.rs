//! `POST /cas`

use super::{Ca, CaInput};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;

/// Uploads a bundle of authorities.
#[utoipa::path(post, path = "/cas", tag = "Certificates", operation_id = "create_ca", request_body = CaInput, responses((status = 201, description = "Made", body = Ca), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn create_ca(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<CaInput>,
) -> Result<(StatusCode, Tagged<Ca>), Problem> {
    let made = operations::cas::create(&admin.platform, &actor, body.into()).await?;
    Ok((StatusCode::CREATED, Tagged(made.version, made.into())))
}

//! `PUT /cas/{ca}`

use super::{Ca, CaInput};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::{Expected, Tagged};
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Replaces a bundle of authorities.
#[utoipa::path(put, path = "/cas/{ca}", tag = "Certificates", operation_id = "update_ca", params(("ca" = Uuid, Path, description = "The id of the bundle of authorities"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), request_body = CaInput, responses((status = 200, description = "Changed", body = Ca), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn update_ca(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(ca): At<Uuid>,
    Expected(version): Expected,
    Body(body): Body<CaInput>,
) -> Result<Tagged<Ca>, Problem> {
    let changed =
        operations::cas::update(&admin.platform, &actor, ca.into(), version, body.into()).await?;
    Ok(Tagged(changed.version, changed.into()))
}

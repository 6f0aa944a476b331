//! `GET /cas/{ca}`

use super::Ca;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// One bundle of authorities.
#[utoipa::path(get, path = "/cas/{ca}", tag = "Certificates", operation_id = "show_ca", params(("ca" = Uuid, Path, description = "The id of the bundle of authorities")), responses((status = 200, description = "Done", body = Ca), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn show_ca(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(ca): At<Uuid>,
) -> Result<Tagged<Ca>, Problem> {
    let found = operations::cas::find(&admin.platform, &actor, ca.into()).await?;
    Ok(Tagged(found.version, found.into()))
}

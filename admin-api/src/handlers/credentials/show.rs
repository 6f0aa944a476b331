//! `GET /credentials/{credential}`

use super::Credential;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// One credential.
#[utoipa::path(get, path = "/credentials/{credential}", tag = "Credentials", operation_id = "show_credential", params(("credential" = Uuid, Path, description = "The id of the credential")), responses((status = 200, description = "Done", body = Credential), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn show_credential(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(credential): At<Uuid>,
) -> Result<Tagged<Credential>, Problem> {
    let key = operations::credentials::find(&admin.platform, &actor, credential.into()).await?;
    Ok(Tagged(key.line.version, key.into()))
}

//! `POST /credentials/{credential}/revoke`

use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::handlers::applications::Reason;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Refuses a key for good, on every node within a second.
#[utoipa::path(post, path = "/credentials/{credential}/revoke", tag = "Credentials", operation_id = "revoke_credential", params(("credential" = Uuid, Path, description = "The id of the credential"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), request_body = Reason, responses((status = 204, description = "Done"), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn revoke_credential(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(credential): At<Uuid>,
    Expected(version): Expected,
    Body(body): Body<Reason>,
) -> Result<StatusCode, Problem> {
    operations::credentials::revoke(
        &admin.platform,
        &actor,
        credential.into(),
        Some(version),
        &body.reason,
    )
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

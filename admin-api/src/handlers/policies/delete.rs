//! `DELETE /policies/{policy}`

use crate::caller::Caller;
use crate::etag::Expected;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Takes a policy away.
#[utoipa::path(delete, path = "/policies/{policy}", tag = "Policies", operation_id = "delete_policy", params(("policy" = Uuid, Path, description = "The id of the policy"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), responses((status = 204, description = "Done"), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn delete_policy(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(policy): At<Uuid>,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    operations::policies::delete(&admin.platform, &actor, policy.into(), version).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! `GET /policies/{policy}`

use super::Policy;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// One policy.
#[utoipa::path(get, path = "/policies/{policy}", tag = "Policies", operation_id = "show_policy", params(("policy" = Uuid, Path, description = "The id of the policy")), responses((status = 200, description = "Done", body = Policy), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn show_policy(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(policy): At<Uuid>,
) -> Result<Tagged<Policy>, Problem> {
    let found = operations::policies::find(&admin.platform, &actor, policy.into()).await?;
    Ok(Tagged(found.version, found.into()))
}

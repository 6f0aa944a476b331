//! `POST /accounts/{account}/suspend`

use super::Account;
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::handlers::applications::Reason;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Shuts a person out and ends their sessions.
#[utoipa::path(post, path = "/accounts/{account}/suspend", tag = "People", operation_id = "suspend_account", params(("account" = Uuid, Path, description = "The id of the account")), request_body = Reason, responses((status = 200, description = "Done", body = Account), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn suspend_account(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(account): At<Uuid>,
    Body(body): Body<Reason>,
) -> Result<Tagged<Account>, Problem> {
    operations::users::suspend(&admin.platform, &actor, account.into(), &body.reason).await?;
    let found = operations::users::find(&admin.platform, &actor, account.into()).await?;
    Ok(Tagged(found.version, found.into()))
}

//! `DELETE /accounts/{account}/roles/{role}`

use super::Account;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use crate::words::word;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Takes a role away; the last admin stays one.
#[utoipa::path(delete, path = "/accounts/{account}/roles/{role}", tag = "People", operation_id = "revoke_role", params(("account" = Uuid, Path, description = "The id of the account"), ("role" = String, Path, description = "The role")), responses((status = 200, description = "Done", body = Account), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn revoke_role(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At((account, role)): At<(Uuid, String)>,
) -> Result<Tagged<Account>, Problem> {
    operations::users::revoke_role(
        &admin.platform,
        &actor,
        account.into(),
        word("role", &role)?,
    )
    .await?;
    let found = operations::users::find(&admin.platform, &actor, account.into()).await?;
    Ok(Tagged(found.version, found.into()))
}

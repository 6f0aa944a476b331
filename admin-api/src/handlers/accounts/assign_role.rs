//! `PUT /accounts/{account}/roles/{role}`

use super::Account;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use crate::words::word;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Gives a role.
#[utoipa::path(put, path = "/accounts/{account}/roles/{role}", tag = "People", operation_id = "assign_role", params(("account" = Uuid, Path, description = "The id of the account"), ("role" = String, Path, description = "The role")), responses((status = 200, description = "Done", body = Account), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn assign_role(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At((account, role)): At<(Uuid, String)>,
) -> Result<Tagged<Account>, Problem> {
    operations::users::assign_role(
        &admin.platform,
        &actor,
        account.into(),
        word("role", &role)?,
    )
    .await?;
    let found = operations::users::find(&admin.platform, &actor, account.into()).await?;
    Ok(Tagged(found.version, found.into()))
}

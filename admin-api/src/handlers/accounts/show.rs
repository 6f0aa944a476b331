//! `GET /accounts/{account}`

use super::Account;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// One account.
#[utoipa::path(get, path = "/accounts/{account}", tag = "People", operation_id = "show_account", params(("account" = Uuid, Path, description = "The id of the account")), responses((status = 200, description = "Done", body = Account), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn show_account(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(account): At<Uuid>,
) -> Result<Tagged<Account>, Problem> {
    let found = operations::users::find(&admin.platform, &actor, account.into()).await?;
    Ok(Tagged(found.version, found.into()))
}

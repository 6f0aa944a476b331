//! `POST /accounts/batches`

use super::{Account, NewAccount, create};
use crate::body::Body;
use crate::caller::Caller;
use crate::many::{self, Batch};
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use domain::access::Permission;
use faces::problem::Problem;
use operations::access::need;
use serde::Deserialize;
use utoipa::ToSchema;

/// Accounts to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccounts {
    /// At most 200.
    items: Vec<NewAccount>,
}

/// Makes many accounts, each for itself, and mails each person a link to choose a password.
#[utoipa::path(post, path = "/accounts/batches", tag = "People", operation_id = "create_accounts", request_body = NewAccounts, responses((status = 200, description = "What came of each", body = Batch<Account>), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn create_accounts(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<NewAccounts>,
) -> Result<Json<Batch<Account>>, Problem> {
    need(&actor, Permission::SystemWrite)?;
    many::few_enough(&body.items)?;
    let mut results = Vec::with_capacity(body.items.len());
    for item in body.items {
        let made = create::make(&admin, &actor, item).await;
        results.push(made.map(Account::from));
    }
    Ok(Json(Batch::of(results)))
}

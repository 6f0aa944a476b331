//! `GET /accounts`

use super::{Account, AccountQuery};
use crate::caller::Caller;
use crate::list::List;
use crate::list::PageQuery;
use crate::list::Query;
use crate::state::Admin;
use crate::words::word;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;
use store::accounts::{AccountFilter, Team};

/// Accounts, the newest first.
#[utoipa::path(get, path = "/accounts", tag = "People", operation_id = "list_accounts", params(AccountQuery, PageQuery), responses((status = 200, description = "Done", body = List<Account>), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_accounts(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Query(filter): Query<AccountQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<Account>>, Problem> {
    let wanted = AccountFilter {
        state: filter
            .state
            .as_deref()
            .map(|state| word("state", state))
            .transpose()?,
        text: filter.text,
        team: if filter.team {
            Team::Members
        } else {
            Team::Anybody
        },
    };
    let page = operations::users::list(&admin.platform, &actor, &wanted, &page.paging()).await?;
    Ok(Json(List::of(page)))
}

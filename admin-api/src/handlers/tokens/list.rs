//! `GET /tokens`

use super::Token;
use crate::caller::Caller;
use crate::list::List;
use crate::list::PageQuery;
use crate::list::Query;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;
use operations::tokens::Whose;

/// The caller's tokens.
#[utoipa::path(get, path = "/tokens", tag = "Tokens", operation_id = "list_tokens", params(PageQuery), responses((status = 200, description = "Done", body = List<Token>), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_tokens(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<Token>>, Problem> {
    let page =
        operations::tokens::list(&admin.platform, &actor, Whose::Mine, &page.paging()).await?;
    Ok(Json(List::of(page)))
}

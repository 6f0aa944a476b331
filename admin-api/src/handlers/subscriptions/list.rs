//! `GET /subscriptions`

use super::{Subscription, SubscriptionFilter};
use crate::caller::Caller;
use crate::list::List;
use crate::list::PageQuery;
use crate::list::Query;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;

/// Subscriptions, the newest first.
#[utoipa::path(get, path = "/subscriptions", tag = "Subscriptions", operation_id = "list_subscriptions", params(SubscriptionFilter, PageQuery), responses((status = 200, description = "Done", body = List<Subscription>), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_subscriptions(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Query(filter): Query<SubscriptionFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<Subscription>>, Problem> {
    let page =
        operations::subscriptions::list(&admin.platform, &actor, &filter.read()?, &page.paging())
            .await?;
    Ok(Json(List::of(page)))
}

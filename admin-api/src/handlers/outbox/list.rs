//! `GET /outbox`

use super::{Message, OutboxQuery};
use crate::caller::Caller;
use crate::list::List;
use crate::list::PageQuery;
use crate::list::Query;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;
use operations::outbox::Filter;

/// Mails, the newest first.
#[utoipa::path(get, path = "/outbox", tag = "Outbox", operation_id = "list_messages", params(OutboxQuery, PageQuery), responses((status = 200, description = "Done", body = List<Message>), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn list_messages(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Query(filter): Query<OutboxQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<Message>>, Problem> {
    let wanted = Filter {
        state: filter.state,
        recipient: filter.recipient,
    };
    let page = operations::outbox::list(&admin.platform, &actor, &wanted, &page.paging()).await?;
    Ok(Json(List::of(page)))
}

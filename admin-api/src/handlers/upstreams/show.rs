//! `GET /upstreams/{upstream}`

use super::Upstream;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// One upstream.
#[utoipa::path(get, path = "/upstreams/{upstream}", tag = "Upstreams", operation_id = "show_upstream", params(("upstream" = Uuid, Path, description = "The id of the upstream")), responses((status = 200, description = "Done", body = Upstream), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn show_upstream(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(upstream): At<Uuid>,
) -> Result<Tagged<Upstream>, Problem> {
    let found = operations::upstreams::find(&admin.platform, &actor, upstream.into()).await?;
    Ok(Tagged(found.version, found.into()))
}

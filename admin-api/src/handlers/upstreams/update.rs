//! `PUT /upstreams/{upstream}`

use super::{Upstream, UpstreamInput};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Changes an upstream.
#[utoipa::path(put, path = "/upstreams/{upstream}", tag = "Upstreams", operation_id = "update_upstream", params(("upstream" = Uuid, Path, description = "The id of the upstream"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), request_body = UpstreamInput, responses((status = 200, description = "Changed", body = Upstream), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn update_upstream(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(upstream): At<Uuid>,
    Expected(version): Expected,
    Body(body): Body<UpstreamInput>,
) -> Result<Tagged<Upstream>, Problem> {
    let changed = operations::upstreams::update(
        &admin.platform,
        &actor,
        upstream.into(),
        version,
        body.read()?,
    )
    .await?;
    Ok(Tagged(changed.version, changed.into()))
}

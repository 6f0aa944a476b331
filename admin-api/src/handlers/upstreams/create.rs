//! `POST /upstreams`

use super::{Upstream, UpstreamInput};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;

/// Makes an upstream.
#[utoipa::path(post, path = "/upstreams", tag = "Upstreams", operation_id = "create_upstream", request_body = UpstreamInput, responses((status = 201, description = "Made", body = Upstream), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn create_upstream(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<UpstreamInput>,
) -> Result<(StatusCode, Tagged<Upstream>), Problem> {
    let made = operations::upstreams::create(&admin.platform, &actor, body.read()?).await?;
    Ok((StatusCode::CREATED, Tagged(made.version, made.into())))
}

//! `POST /policies`

use super::{NewPolicy, Policy, place};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;

/// Attaches a policy.
#[utoipa::path(post, path = "/policies", tag = "Policies", operation_id = "create_policy", request_body = NewPolicy, responses((status = 201, description = "Done", body = Policy), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn create_policy(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<NewPolicy>,
) -> Result<(StatusCode, Tagged<Policy>), Problem> {
    let new = operations::policies::New {
        place: place(&body.scope, body.scope_id)?,
        kind: body.kind,
        config: body.config,
        enabled: body.enabled.unwrap_or(true),
        aside: operations::policies::Aside {
            name: body.name,
            conditions: body.conditions,
            on_error: body.on_error,
        },
    };
    let made = operations::policies::create(&admin.platform, &actor, new).await?;
    Ok((StatusCode::CREATED, Tagged(made.version, made.into())))
}

//! `PUT /policies/{policy}`

use super::{Policy, PolicyChange};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use operations::policies::Aside;
use uuid::Uuid;

/// Changes a policy.
#[utoipa::path(put, path = "/policies/{policy}", tag = "Policies", operation_id = "update_policy", params(("policy" = Uuid, Path, description = "The id of the policy"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), request_body = PolicyChange, responses((status = 200, description = "Done", body = Policy), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn update_policy(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(policy): At<Uuid>,
    Expected(version): Expected,
    Body(body): Body<PolicyChange>,
) -> Result<Tagged<Policy>, Problem> {
    let before =
        operations::policies::find_to_change(&admin.platform, &actor, policy.into()).await?;
    let kept = Aside::from(&before);
    let aside = Aside {
        name: body.name.unwrap_or(kept.name),
        conditions: body.conditions.unwrap_or(kept.conditions),
        on_error: body.on_error.unwrap_or(kept.on_error),
    };
    let changed = operations::policies::update(
        &admin.platform,
        &actor,
        policy.into(),
        version,
        body.config,
        aside,
        body.enabled,
    )
    .await?;
    Ok(Tagged(changed.version, changed.into()))
}

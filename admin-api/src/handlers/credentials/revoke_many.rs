//! `POST /credentials/revocations`

use crate::body::Body;
use crate::caller::Caller;
use crate::many::{self, Outcomes};
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use domain::access::Permission;
use faces::problem::Problem;
use operations::access::need;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Credentials that end.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revocations {
    /// Which, at most 200.
    credential_ids: Vec<Uuid>,
    /// Shown to their owners.
    #[serde(default)]
    reason: String,
}

/// Revokes many credentials, whatever version they are at: for a leak. Each for itself; those that are revoked already stay so.
#[utoipa::path(post, path = "/credentials/revocations", tag = "Credentials", operation_id = "revoke_credentials", request_body = Revocations, responses((status = 200, description = "What came of each", body = Outcomes), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn revoke_credentials(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<Revocations>,
) -> Result<Json<Outcomes>, Problem> {
    need(&actor, Permission::ConsumersWrite)?;
    many::few_enough(&body.credential_ids)?;
    let mut results = Vec::with_capacity(body.credential_ids.len());
    for id in body.credential_ids {
        let reason = &body.reason;
        let done =
            operations::credentials::revoke(&admin.platform, &actor, id.into(), None, reason).await;
        results.push((id, done.map_err(Problem::from)));
    }
    Ok(Json(Outcomes::of(results)))
}

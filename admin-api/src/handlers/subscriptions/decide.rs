//! `POST /subscriptions/decisions`

use crate::body::Body;
use crate::caller::Caller;
use crate::many::{self, Outcomes};
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;
use operations::subscriptions::Decision;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// One decision for many subscriptions.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionInput {
    /// Which, at most 200.
    subscription_ids: Vec<Uuid>,
    /// What is decided.
    decision: Verdict,
    /// Shown to the persons concerned; needed to reject.
    #[serde(default)]
    reason: String,
}

/// What is decided.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// They begin.
    Approve,
    /// They do not.
    Reject,
}

/// Decides many subscriptions that wait. Each for itself: one that was withdrawn meanwhile does not hold up the others.
#[utoipa::path(post, path = "/subscriptions/decisions", tag = "Subscriptions", operation_id = "decide_subscriptions", request_body = DecisionInput, responses((status = 200, description = "What came of each", body = Outcomes), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn decide_subscriptions(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<DecisionInput>,
) -> Result<Json<Outcomes>, Problem> {
    many::few_enough(&body.subscription_ids)?;
    let decision = match body.decision {
        Verdict::Approve => Decision::Approve { note: body.reason },
        Verdict::Reject => Decision::Reject {
            reason: body.reason,
        },
    };
    let ids: Vec<_> = body.subscription_ids.into_iter().map(Into::into).collect();
    let decided =
        operations::subscriptions::decide_all(&admin.platform, &actor, &ids, &decision).await?;
    let results = decided
        .into_iter()
        .map(|(id, result)| (id.uuid(), result.map(drop).map_err(Problem::from)));
    Ok(Json(Outcomes::of(results)))
}

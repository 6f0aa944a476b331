//! `POST /subscriptions/{subscription}/plan`

use super::{PlanChange, Subscription};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Asks for another plan of the same product: in force at once where the plan is instant, else it waits for a decision.
#[utoipa::path(post, path = "/subscriptions/{subscription}/plan", tag = "Subscriptions", operation_id = "change_plan_of_subscription", params(("subscription" = Uuid, Path, description = "The id of the subscription"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), request_body = PlanChange, responses((status = 200, description = "Done", body = Subscription), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn change_plan_of_subscription(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(subscription): At<Uuid>,
    Expected(version): Expected,
    Body(body): Body<PlanChange>,
) -> Result<Tagged<Subscription>, Problem> {
    let (plan, answers, accepts_terms) = body.read();
    let done = operations::subscriptions::change_plan(
        &admin.platform,
        &actor,
        subscription.into(),
        Some(version),
        plan,
        &answers,
        accepts_terms,
    )
    .await?;
    let found = operations::subscriptions::find(&admin.platform, &actor, done.id).await?;
    Ok(Tagged(found.line.version, found.line.into()))
}

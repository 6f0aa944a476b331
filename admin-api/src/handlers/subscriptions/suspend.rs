//! `POST /subscriptions/{subscription}/suspend`

use super::Subscription;
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::etag::Tagged;
use crate::handlers::applications::Reason;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Stops a subscription: its calls are refused within a second.
#[utoipa::path(post, path = "/subscriptions/{subscription}/suspend", tag = "Subscriptions", operation_id = "suspend_subscription", params(("subscription" = Uuid, Path, description = "The id of the subscription"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), request_body = Reason, responses((status = 200, description = "Done", body = Subscription), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn suspend_subscription(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(subscription): At<Uuid>,
    Expected(version): Expected,
    Body(body): Body<Reason>,
) -> Result<Tagged<Subscription>, Problem> {
    let done = operations::subscriptions::suspend(
        &admin.platform,
        &actor,
        subscription.into(),
        Some(version),
        &body.reason,
    )
    .await?;
    let found = operations::subscriptions::find(&admin.platform, &actor, done.id).await?;
    Ok(Tagged(found.line.version, found.line.into()))
}

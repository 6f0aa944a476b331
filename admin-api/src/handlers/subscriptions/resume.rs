//! `POST /subscriptions/{subscription}/resume`

use super::Subscription;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Lets a subscription go on.
#[utoipa::path(post, path = "/subscriptions/{subscription}/resume", tag = "Subscriptions", operation_id = "resume_subscription", params(("subscription" = Uuid, Path, description = "The id of the subscription"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), responses((status = 200, description = "Done", body = Subscription), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn resume_subscription(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(subscription): At<Uuid>,
    Expected(version): Expected,
) -> Result<Tagged<Subscription>, Problem> {
    let done = operations::subscriptions::resume(
        &admin.platform,
        &actor,
        subscription.into(),
        Some(version),
    )
    .await?;
    let found = operations::subscriptions::find(&admin.platform, &actor, done.id).await?;
    Ok(Tagged(found.line.version, found.line.into()))
}

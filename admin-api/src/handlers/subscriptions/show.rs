//! `GET /subscriptions/{subscription}`

use super::SubscriptionDetail;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// One subscription with its history.
#[utoipa::path(get, path = "/subscriptions/{subscription}", tag = "Subscriptions", operation_id = "show_subscription", params(("subscription" = Uuid, Path, description = "The id of the subscription")), responses((status = 200, description = "Done", body = SubscriptionDetail), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn show_subscription(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(subscription): At<Uuid>,
) -> Result<Tagged<SubscriptionDetail>, Problem> {
    let found =
        operations::subscriptions::find(&admin.platform, &actor, subscription.into()).await?;
    let version = found.line.version;
    let detail = SubscriptionDetail {
        subscription: found.line.into(),
        events: found.events.into_iter().map(Into::into).collect(),
    };
    Ok(Tagged(version, detail))
}

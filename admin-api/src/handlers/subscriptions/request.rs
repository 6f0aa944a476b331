//! `POST /subscriptions`

use super::{NewSubscription, Subscription};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Tagged;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;

/// Asks for a subscription; instant plans are in force at once.
#[utoipa::path(post, path = "/subscriptions", tag = "Subscriptions", operation_id = "request_subscription", request_body = NewSubscription, responses((status = 201, description = "Done", body = Subscription), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn request_subscription(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<NewSubscription>,
) -> Result<(StatusCode, Tagged<Subscription>), Problem> {
    let done = operations::subscriptions::request(&admin.platform, &actor, &body.read()).await?;
    let found = operations::subscriptions::find(&admin.platform, &actor, done.id).await?;
    Ok((
        StatusCode::CREATED,
        Tagged(found.line.version, found.line.into()),
    ))
}

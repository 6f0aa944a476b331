//! `POST /subscriptions/batches`

use super::{NewSubscription, Subscription};
use crate::body::Body;
use crate::caller::Caller;
use crate::many::{self, Batch};
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use domain::access::Permission;
use domain::actor::Actor;
use faces::problem::Problem;
use operations::access::need;
use serde::Deserialize;
use utoipa::ToSchema;

/// Subscriptions to ask for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSubscriptions {
    /// At most 200.
    items: Vec<NewSubscription>,
}

/// Asks for many subscriptions, each for itself; those to instant plans are in force at once.
#[utoipa::path(post, path = "/subscriptions/batches", tag = "Subscriptions", operation_id = "request_subscriptions", request_body = NewSubscriptions, responses((status = 200, description = "What came of each", body = Batch<Subscription>), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn request_subscriptions(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<NewSubscriptions>,
) -> Result<Json<Batch<Subscription>>, Problem> {
    need(&actor, Permission::ConsumersWrite)?;
    many::few_enough(&body.items)?;
    let mut results = Vec::with_capacity(body.items.len());
    for item in body.items {
        results.push(make(&admin, &actor, item).await);
    }
    Ok(Json(Batch::of(results)))
}

async fn make(
    admin: &Admin,
    actor: &Actor,
    wanted: NewSubscription,
) -> Result<Subscription, Problem> {
    let platform = &admin.platform;
    let done = operations::subscriptions::request(platform, actor, &wanted.read()).await?;
    let found = operations::subscriptions::find(platform, actor, done.id).await?;
    Ok(found.line.into())
}

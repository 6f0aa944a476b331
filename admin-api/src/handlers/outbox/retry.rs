//! `POST /outbox/{message}/retry`

use crate::caller::Caller;
use crate::path::At;
use crate::state::Admin;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Sends a mail again that was kept or given up.
#[utoipa::path(post, path = "/outbox/{message}/retry", tag = "Outbox", operation_id = "retry_message", params(("message" = Uuid, Path, description = "The id of the message")), responses((status = 202, description = "Done"), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn retry_message(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(message): At<Uuid>,
) -> Result<StatusCode, Problem> {
    operations::outbox::retry(&admin.platform, &actor, message.into()).await?;
    Ok(StatusCode::ACCEPTED)
}

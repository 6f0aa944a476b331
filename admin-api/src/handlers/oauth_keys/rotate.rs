//! `POST /oauth-keys`

use super::NewKey;
use crate::caller::Caller;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;

/// Makes the key that signs access tokens next. It is published at once and signs ten minutes later; the one before is
/// taken until its last token has ended.
#[utoipa::path(post, path = "/oauth-keys", tag = "OAuth", operation_id = "rotate_oauth_key", responses((status = 201, description = "Done", body = NewKey), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn rotate_oauth_key(
    State(admin): State<Admin>,
    Caller(actor): Caller,
) -> Result<(StatusCode, Json<NewKey>), Problem> {
    let id = operations::oauth::rotate(&admin.platform, &actor).await?;
    Ok((StatusCode::CREATED, Json(NewKey { id: id.uuid() })))
}

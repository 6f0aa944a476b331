//! `POST /credentials/{credential}/rotate`

use super::{NewSecret, Rotation};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::path::At;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Replaces a key by a new one, shown once; the old one goes on for the overlap.
#[utoipa::path(post, path = "/credentials/{credential}/rotate", tag = "Credentials", operation_id = "rotate_credential", params(("credential" = Uuid, Path, description = "The id of the credential"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), request_body = Rotation, responses((status = 201, description = "Done", body = NewSecret), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn rotate_credential(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(credential): At<Uuid>,
    Expected(version): Expected,
    Body(body): Body<Rotation>,
) -> Result<(StatusCode, Json<NewSecret>), Problem> {
    let shown = operations::credentials::rotate(
        &admin.platform,
        &actor,
        credential.into(),
        Some(version),
        body.overlap()?,
        body.label.as_deref(),
    )
    .await?;
    Ok((StatusCode::CREATED, Json(shown.into())))
}

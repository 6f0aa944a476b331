//! `POST /applications/{application}/credentials`

use super::{NewCredential, NewSecret};
use crate::body::Body;
use crate::caller::Caller;
use crate::path::At;
use crate::state::Admin;
use crate::words::word;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;
use uuid::Uuid;

/// Makes a credential. The answer is the only time that its secret is shown.
#[utoipa::path(post, path = "/applications/{application}/credentials", tag = "Credentials", operation_id = "create_credential", params(("application" = Uuid, Path, description = "The id of the application")), request_body = NewCredential, responses((status = 201, description = "Done", body = NewSecret), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn create_credential(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(application): At<Uuid>,
    Body(body): Body<NewCredential>,
) -> Result<(StatusCode, Json<NewSecret>), Problem> {
    let expires_at = body.expires_at.as_deref();
    let expires_at = expires_at.map(|at| word("expires_at", at)).transpose()?;
    let wanted = body.wanted()?;
    let issued = operations::credentials::issue(
        &admin.platform,
        &actor,
        application.into(),
        &body.label,
        expires_at,
        &wanted,
    )
    .await?;
    Ok((StatusCode::CREATED, Json(issued.into())))
}

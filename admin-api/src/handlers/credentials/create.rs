//! `POST /applications/{application}/credentials`

use super::{NewCredential, NewSecret};
use crate::body::Body;
use crate::caller::Caller;
use crate::path::At;
use crate::state::Admin;
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
    let proof = body.proof()?;
    let issued = operations::credentials::issue(
        &admin.platform,
        &actor,
        application.into(),
        &proof.label,
        proof.expires_at,
        &proof.wanted,
    )
    .await?;
    Ok((StatusCode::CREATED, Json(issued.into())))
}

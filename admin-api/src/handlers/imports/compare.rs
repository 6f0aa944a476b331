//! `POST /versions/{version_id}/document/compare`

use super::{Comparison, DocumentInput, json};
use crate::body::Body;
use crate::caller::Caller;
use crate::path::At;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Tells what a document would change in a version. Changes nothing.
#[utoipa::path(post, path = "/versions/{version_id}/document/compare", tag = "Imports", operation_id = "compare_document", params(("version_id" = Uuid, Path, description = "The id of the version id")), request_body = DocumentInput, responses((status = 200, description = "Done", body = Comparison), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn compare_document(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(version_id): At<Uuid>,
    Body(body): Body<DocumentInput>,
) -> Result<Json<Comparison>, Problem> {
    let seen =
        operations::import::compare(&admin.platform, &actor, version_id.into(), body.read()?)
            .await?;
    Ok(Json(Comparison {
        same: seen.same,
        changes: json(&seen.changes),
    }))
}

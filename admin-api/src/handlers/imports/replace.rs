//! `PUT /versions/{version_id}/document`

use super::{DocumentInput, Reimported, json};
use crate::body::Body;
use crate::caller::Caller;
use crate::etag::Expected;
use crate::path::At;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;
use uuid::Uuid;

/// Imports the next document into a version; operations keep their ids.
#[utoipa::path(put, path = "/versions/{version_id}/document", tag = "Imports", operation_id = "replace_document", params(("version_id" = Uuid, Path, description = "The id of the version id"), ("If-Match" = String, Header, description = "The version that is changed, in quotes: the ETag of the thing")), request_body = DocumentInput, responses((status = 200, description = "Done", body = Reimported), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn replace_document(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(version_id): At<Uuid>,
    Expected(version): Expected,
    Body(body): Body<DocumentInput>,
) -> Result<Json<Reimported>, Problem> {
    let done = operations::import::reimport(
        &admin.platform,
        &actor,
        version_id.into(),
        version,
        body.read()?,
    )
    .await?;
    Ok(Json(Reimported {
        revision: done.revision,
        changes: json(&done.changes),
        routes_added: done.routes_added,
        routes_removed: done.routes_removed,
        findings: json(&done.findings),
        version: done.version.into(),
    }))
}

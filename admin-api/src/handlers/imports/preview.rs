//! `POST /imports/preview`

use super::{DocumentInput, Preview, json};
use crate::body::Body;
use crate::caller::Caller;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use faces::problem::Problem;

/// Reads a document and tells what importing it would make. Changes nothing.
#[utoipa::path(post, path = "/imports/preview", tag = "Imports", operation_id = "preview_import", request_body = DocumentInput, responses((status = 200, description = "Done", body = Preview), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn preview_import(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<DocumentInput>,
) -> Result<Json<Preview>, Problem> {
    let seen = operations::import::preview(&admin.platform, &actor, body.read()?).await?;
    Ok(Json(Preview {
        checksum: seen.checksum,
        preview: json(&seen.document),
    }))
}

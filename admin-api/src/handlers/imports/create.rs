//! `POST /imports`

use super::{ImportInput, Imported, json};
use crate::body::Body;
use crate::caller::Caller;
use crate::state::Admin;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use faces::problem::Problem;

/// Makes a draft from a document: upstream, API, version, operations, routes and key_auth.
#[utoipa::path(post, path = "/imports", tag = "Imports", operation_id = "import_api", request_body = ImportInput, responses((status = 201, description = "Done", body = Imported), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn import_api(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    Body(body): Body<ImportInput>,
) -> Result<(StatusCode, Json<Imported>), Problem> {
    let made = operations::import::create(&admin.platform, &actor, body.read()?).await?;
    let answer = Imported {
        api_id: made.api.id.uuid(),
        api_slug: made.api.slug.to_string(),
        findings: json(&made.findings),
        operations: made.operations,
        routes: made.routes,
        version: made.version.into(),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

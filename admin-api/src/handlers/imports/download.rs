//! `GET /versions/{version_id}/document`

use crate::caller::Caller;
use crate::path::At;
use crate::state::Admin;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use faces::problem::Problem;
use operations::catalog::{self, Format};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// How a document is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// `json` (when left out) or `yaml`: OpenAPI 3 as the gateway publishes it. `uploaded`: as it came, byte for byte.
    #[serde(default)]
    #[param(inline)]
    form: Form,
}

/// How a document is written.
#[derive(Debug, Default, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Form {
    /// As published, in JSON.
    #[default]
    Json,
    /// As published, in YAML.
    Yaml,
    /// As it came.
    Uploaded,
}

/// The document of a version. With the gateway as its server, what callers must show to it, the limits and the plans.
#[utoipa::path(get, path = "/versions/{version_id}/document", tag = "Imports", operation_id = "download_document", params(("version_id" = Uuid, Path, description = "The id of the version"), Wanted), responses((status = 200, description = "The document", body = String, content_type = "application/json"), (status = "4XX", description = "Refused", body = Problem)))]
pub(crate) async fn download_document(
    State(admin): State<Admin>,
    Caller(actor): Caller,
    At(version_id): At<Uuid>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let format = match wanted.form {
        Form::Json => Format::Json,
        Form::Yaml => Format::Yaml,
        Form::Uploaded => Format::Uploaded,
    };
    let version = version_id.into();
    let file = catalog::document_of_version(&admin.platform, &actor, version, format).await?;
    let name = format!("attachment; filename=\"{}\"", file.file_name);
    let mut response = file.content.into_response();
    for (header, value) in [
        (header::CONTENT_TYPE, file.media_type),
        (header::CONTENT_DISPOSITION, name),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(header, value);
        }
    }
    Ok(response)
}

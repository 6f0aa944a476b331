//! `/assets/{name}`: styles, scripts and pictures under hashed names, good for ever.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::answer::Fault;

/// One file of the design system.
pub(crate) async fn get(Path(name): Path<String>) -> Result<Response, Fault> {
    let asset = design::asset(&name)
        .ok_or_else(|| Fault::from(operations::Error::not_found("file", &name)))?;
    Ok((
        [
            (CONTENT_TYPE, asset.mime),
            (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ],
        asset.bytes.as_ref(),
    )
        .into_response())
}

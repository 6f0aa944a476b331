//! Where a document comes from.

use std::time::Duration;

use openapi::Limits;
use url::Url;

use crate::error::{Error, Result};
use crate::platform::Platform;

/// How long the fetch of a document may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a document comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// It was uploaded or pasted.
    Bytes(Vec<u8>),
    /// It is fetched by the guarded client, which reaches no private address.
    Url(String),
}

/// The document, byte for byte.
pub(super) async fn read(platform: &Platform, source: Source) -> Result<Vec<u8>> {
    let text = match source {
        Source::Bytes(bytes) => return Ok(bytes),
        Source::Url(text) => text,
    };
    let url = Url::parse(text.trim()).map_err(|_| {
        Error::invalid(
            "url",
            "is not a URL, such as https://example.com/openapi.yaml",
        )
    })?;
    let limits = outbound::Limits {
        time: PATIENCE,
        size: Limits::default().bytes,
    };
    let answer = platform
        .outbound
        .get(&url, limits)
        .await
        .map_err(Error::Fetch)?;
    if !answer.status.is_success() {
        return Err(Error::invalid(
            "url",
            format!("answered with status {}", answer.status.as_u16()),
        ));
    }
    Ok(answer.body.to_vec())
}

//! The document that a form brings: a file, a paste or an address, in one multipart body.

use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use operations::import::Source;

use crate::answer::{Fault, sentence};
use crate::form::{Form, too_large};

/// The largest document, with room for the form around it. Documents have their own limit below.
pub(crate) const MOST: usize = (64 << 20) + (64 << 10);

/// What the form brought.
pub(crate) struct Upload {
    /// The document, if anything was given.
    pub(crate) source: Option<Source>,
    /// The fields, to be shown again; a file is not among them.
    pub(crate) form: Form,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let mut parts = Multipart::from_request(request, state)
            .await
            .map_err(|error| Fault::Unreadable(error.status(), sentence(&error.body_text())))?;
        let mut form = Form::default();
        let mut file = Vec::new();
        loop {
            let part = parts.next_field().await.map_err(unreadable)?;
            let Some(part) = part else { break };
            let name = part.name().unwrap_or_default().to_owned();
            let bytes = part.bytes().await.map_err(unreadable)?;
            if name == "file" {
                file = bytes.to_vec();
            } else {
                form.set(&name, String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        let source = if !file.is_empty() {
            Some(Source::Bytes(file))
        } else if let Some(text) = form.some("text") {
            Some(Source::Bytes(text.into_bytes()))
        } else {
            form.some("url").map(Source::Url)
        };
        Ok(Self { source, form })
    }
}

fn unreadable(error: axum::extract::multipart::MultipartError) -> Fault {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        too_large(MOST)
    } else {
        Fault::Unreadable(error.status(), sentence(&error.body_text()))
    }
}

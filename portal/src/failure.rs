//! What goes wrong on the way to a page, and the page that says so.

use std::error::Error;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::page::Page;
use crate::pages;
use crate::server::Portal;

/// The ways in which a page cannot be shown. Handlers return it; [`draw`] makes the page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// Nothing is there, or nothing that this person may see: both look alike.
    #[error("there is no page at this address")]
    NotFound,
    /// The page is for people who have signed in.
    #[error("somebody must sign in first")]
    SignInFirst,
    /// The page exists, and this person may not do what it does.
    #[error("not allowed: {0}")]
    Forbidden(String),
    /// A form or a query that no page of ours sends.
    #[error("the request cannot be read: {0}")]
    Unreadable(String),
    /// A form beyond what is read.
    #[error("the request is larger than {limit} bytes")]
    TooLarge {
        /// How much is read, in bytes.
        limit: usize,
    },
    /// Ours to mend.
    #[error("the page failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl PageError {
    /// Wraps what failed below.
    pub fn failed(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::Failed(Box::new(cause))
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignInFirst => StatusCode::SEE_OTHER,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Only the status; the error travels along for [`draw`], which knows who asked.
impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// Makes a page of every error on its way out.
pub(crate) async fn draw(
    State(_): State<Portal>,
    page: Page,
    request: Request,
    next: Next,
) -> Response {
    let address = request
        .uri()
        .path_and_query()
        .map_or("/", |address| address.as_str())
        .to_owned();
    let response = next.run(request).await;
    let Some(error) = response.extensions().get::<Arc<PageError>>() else {
        return response;
    };
    match error.as_ref() {
        PageError::NotFound => pages::not_found::show(&page),
        PageError::SignInFirst => pages::sign_in_first(&address),
        PageError::Forbidden(reason) => pages::refused::show(&page, error.status(), reason),
        PageError::Unreadable(_) | PageError::TooLarge { .. } => {
            pages::refused::show(&page, error.status(), &error.to_string())
        }
        PageError::Failed(cause) => {
            tracing::error!(error = cause.as_ref(), path = page.path, "a page failed");
            pages::failed::show(&page)
        }
    }
}

/// The page for what is nowhere in the route table.
pub(crate) async fn nowhere() -> PageError {
    PageError::NotFound
}

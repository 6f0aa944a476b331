//! What goes wrong on the way to a page, and the page that says so.

use std::error::Error;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
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
    /// Tried too often.
    #[error("too many tries; wait {seconds} s")]
    TooMany {
        /// How long to wait.
        seconds: u64,
    },
    /// The database does not answer; a moment later it may.
    #[error("the page cannot be made now")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
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
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Pages answer what people can mend beside the field themselves; what is left lands here.
impl From<operations::Error> for PageError {
    fn from(error: operations::Error) -> Self {
        use operations::Error;
        match error {
            Error::NotFound { .. } => Self::NotFound,
            Error::SignInNeeded => Self::SignInFirst,
            Error::TooMany { retry_after } => Self::TooMany {
                seconds: retry_after.as_secs().max(1),
            },
            Error::Forbidden { .. } | Error::PersonNeeded(_) => Self::Forbidden(error.to_string()),
            Error::Invalid(_)
            | Error::Conflict { .. }
            | Error::InUse(_)
            | Error::WrongState(_)
            | Error::Link(_)
            | Error::SignIn(_) => Self::Unreadable(error.to_string()),
            Error::Store(cause) if cause.is_passing() => Self::Unavailable(Box::new(cause)),
            Error::Unreadable(_)
            | Error::Fetch(_)
            | Error::Seal(_)
            | Error::Shelf(_)
            | Error::Store(_) => Self::failed(error),
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
pub(crate) async fn draw(State(portal): State<Portal>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut asked = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(error) = response.extensions().get::<Arc<PageError>>().cloned() else {
        return response;
    };
    let Ok(page) = Page::from_request_parts(&mut asked, &portal).await;
    let address = asked
        .uri
        .path_and_query()
        .map_or("/", |whole| whole.as_str());
    match error.as_ref() {
        PageError::NotFound => pages::not_found::show(&page),
        PageError::SignInFirst => pages::sign_in_first(address),
        PageError::Forbidden(reason) => pages::refused::show(&page, error.status(), reason),
        PageError::TooMany { seconds } => {
            let mut response = pages::refused::show(&page, error.status(), &error.to_string());
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
            response
        }
        PageError::Unreadable(_) | PageError::TooLarge { .. } => {
            pages::refused::show(&page, error.status(), &error.to_string())
        }
        PageError::Failed(cause) | PageError::Unavailable(cause) => {
            tracing::error!(error = cause.as_ref(), path = page.path, "a page failed");
            pages::failed::show(&page, error.status())
        }
    }
}

/// The page for what is nowhere in the route table.
pub(crate) async fn nowhere() -> PageError {
    PageError::NotFound
}

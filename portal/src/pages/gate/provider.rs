//! `/sign-in/{provider}` and its callback: somebody else says who a person is.

use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;
use faces::sign_in::{come_back, leave, let_back_in};
use operations::Error;
use operations::error::SignInError;
use operations::sign_in::providers::Answer;

use super::{here, next_of, sign_in, throttled};
use crate::failure::PageError;
use crate::form::Asked;
use crate::page::Page;
use crate::pages::typed::Typed;

/// Sends the browser to the provider.
pub(crate) async fn begin(
    page: Page,
    Path(provider): Path<String>,
    Asked(query): Asked<Typed>,
) -> Result<Response, PageError> {
    throttled(&page, &format!("provider {}", page.actor.request.ip))?;
    let next = next_of(&query);
    match leave(&page.portal, &page.actor, &provider, here(&next)).await {
        Ok(response) => Ok(response),
        Err(error) => failed(&page, error),
    }
}

/// Takes what the provider's redirect brings.
pub(crate) async fn callback(
    page: Page,
    Path(provider): Path<String>,
    headers: HeaderMap,
    Asked(query): Asked<Typed>,
) -> Result<Response, PageError> {
    let said = Answer {
        state: query.text("state"),
        code: query.text("code"),
        error: Some(query.text("error")).filter(|error| !error.is_empty()),
    };
    match come_back(&page.portal, &page.actor, &provider, said, &headers).await {
        Ok(finished) => Ok(let_back_in(
            &page.portal,
            &finished,
            here(&finished.return_to),
        )),
        Err(error) => failed(&page, error),
    }
}

fn failed(page: &Page, error: Error) -> Result<Response, PageError> {
    if let Error::SignIn(SignInError::NoProvider(_)) = error {
        return Err(PageError::NotFound);
    }
    faces::problem::log(&error);
    sign_in::refused(page, &Typed::default(), error)
}

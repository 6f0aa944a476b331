//! `/sign-in/{provider}` and its callback: somebody else says who a person is.

use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use domain::account::Face;
use faces::cookie::{Cookies, append};
use faces::session::Front;
use operations::Error;
use operations::error::SignInError;
use operations::sign_in::providers::{self, Answer};

use super::{here, in_with, next_of, sign_in, throttled, user_agent};
use crate::failure::PageError;
use crate::form::Asked;
use crate::page::Page;
use crate::pages::typed::Typed;

/// How long a person may take at the provider, in seconds.
const PATIENCE: i64 = 600;

/// Sends the browser to the provider.
pub(crate) async fn begin(
    page: Page,
    Path(provider): Path<String>,
    Asked(query): Asked<Typed>,
) -> Result<Response, PageError> {
    throttled(&page, &format!("provider {}", page.actor.request.ip))?;
    let next = next_of(&query);
    let (platform, face) = (&page.portal.platform, Face::Portal);
    match providers::begin(platform, &page.actor, face, &provider, here(&next)).await {
        Ok(begun) => {
            let cookies = page.portal.cookies();
            let name = cookies.attempt_name();
            let cookie = cookies.set(name, begun.browser.reveal(), Some(PATIENCE));
            let mut response = Redirect::to(begun.url.as_str()).into_response();
            append(response.headers_mut(), cookie);
            Ok(response)
        }
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
    let cookies = page.portal.cookies();
    let browser = Cookies::read(&headers, cookies.attempt_name()).unwrap_or_default();
    let said = Answer {
        state: query.text("state"),
        code: query.text("code"),
        error: Some(query.text("error")).filter(|error| !error.is_empty()),
    };
    let agent = user_agent(&headers);
    let finished = providers::finish(
        &page.portal.platform,
        &page.actor,
        Face::Portal,
        &provider,
        said,
        &browser,
        &agent,
    );
    match finished.await {
        Ok(finished) => {
            let mut response = in_with(&page, &finished.opened, &finished.return_to);
            let gone = cookies.remove(cookies.attempt_name());
            append(response.headers_mut(), gone);
            Ok(response)
        }
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

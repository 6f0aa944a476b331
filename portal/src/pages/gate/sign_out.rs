//! `POST /sign-out`: the session ends here and at once.

use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use faces::cookie::{Cookies, append};
use faces::session::Front;

use crate::failure::PageError;
use crate::page::Page;

/// Ends the session behind the cookie, if there is one.
pub(crate) async fn post(page: Page, headers: HeaderMap) -> Result<Response, PageError> {
    let cookies = page.portal.cookies();
    if let Some(token) = Cookies::read(&headers, cookies.session_name()) {
        operations::sign_in::sign_out(&page.portal.platform, &token).await?;
    }
    let mut response = Redirect::to("/").into_response();
    let gone = cookies.remove(cookies.session_name());
    append(response.headers_mut(), gone);
    Ok(response)
}

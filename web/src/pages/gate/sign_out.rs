//! `/sign-out`: the session ends here and at once.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect};
use faces::cookie::{Cookies, append};
use faces::session::Front;

use crate::answer::Answer;
use crate::dashboard::Dashboard;

/// Ends the session behind the cookie, if there is one.
pub(crate) async fn post(State(dashboard): State<Dashboard>, headers: HeaderMap) -> Answer {
    let cookies = dashboard.cookies();
    if let Some(token) = Cookies::read(&headers, cookies.session_name()) {
        operations::sign_in::sign_out(&dashboard.platform, &token).await?;
    }
    let mut response = Redirect::to("/sign-in").into_response();
    append(
        response.headers_mut(),
        cookies.remove(cookies.session_name()),
    );
    Ok(response)
}

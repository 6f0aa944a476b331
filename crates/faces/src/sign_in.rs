//! What the dashboard and the portal do alike when somebody comes in: the session's cookie, and the way to a provider and
//! back.

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::actor::Actor;
use operations::Result;
use operations::sign_in::Opened;
use operations::sign_in::providers::{self, Answer, Finished};

use crate::cookie::{Cookies, append};
use crate::session::Front;

/// How long a person may take at the provider, in seconds.
const PATIENCE: i64 = 600;
/// How much of a browser's name is kept, in characters.
const NAME: usize = 300;

/// In: the session's cookie, and on to a path of the face.
pub fn let_in(front: &impl Front, opened: &Opened, to: &str) -> Response {
    let cookies = front.cookies();
    let left = opened.expires_at.since(front.platform().now()).as_secs();
    let cookie = cookies.set(
        cookies.session_name(),
        opened.token.reveal(),
        i64::try_from(left).ok(),
    );
    let mut response = Redirect::to(to).into_response();
    append(response.headers_mut(), cookie);
    response
}

/// Sends the browser to a provider; `next` is where it goes on when it is back.
pub async fn leave(
    front: &impl Front,
    actor: &Actor,
    provider: &str,
    next: &str,
) -> Result<Response> {
    let cookies = front.cookies();
    let begun = providers::begin(front.platform(), actor, cookies.face(), provider, next).await?;
    let name = cookies.attempt_name();
    let cookie = cookies.set(name, begun.browser.reveal(), Some(PATIENCE));
    let mut response = Redirect::to(begun.url.as_str()).into_response();
    append(response.headers_mut(), cookie);
    Ok(response)
}

/// Takes what the provider's redirect brought, in the browser that left.
pub async fn come_back(
    front: &impl Front,
    actor: &Actor,
    provider: &str,
    said: Answer,
    headers: &HeaderMap,
) -> Result<Finished> {
    let cookies = front.cookies();
    let browser = Cookies::read(headers, cookies.attempt_name()).unwrap_or_default();
    let agent = user_agent(headers);
    let (platform, face) = (front.platform(), cookies.face());
    providers::finish(platform, actor, face, provider, said, &browser, &agent).await
}

/// In, after a provider said who it is.
pub fn let_back_in(front: &impl Front, finished: &Finished, to: &str) -> Response {
    let cookies = front.cookies();
    let mut response = let_in(front, &finished.opened, to);
    let gone = cookies.remove(cookies.attempt_name());
    append(response.headers_mut(), gone);
    response
}

/// What the browser calls itself.
pub fn user_agent(headers: &HeaderMap) -> String {
    headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .chars()
        .take(NAME)
        .collect()
}

//! `POST /oauth/token` (RFC 6749, section 3.2)

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::actor::Origin;
use operations::oauth::{Code, OauthError, TokenRequest};
use serde_json::json;

use crate::form::Parameters;
use crate::presented;
use crate::refused::Refused;
use crate::state::Server;

/// Gives tokens to a client.
pub(crate) async fn post(
    State(server): State<Server>,
    origin: Option<Extension<Origin>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let refused = Refused::of(&headers);
    let origin = origin.map(|Extension(origin)| origin).unwrap_or_default();
    let parameters = Parameters::read(&headers, body).await.map_err(&refused)?;
    let presented = presented::of(&headers, &parameters).map_err(&refused)?;
    server.throttle.check(&origin.ip, &presented.client_id)?;
    let request = TokenRequest {
        grant_type: parameters.take("grant_type"),
        code: parameters.take("code"),
        redirect_uri: parameters.take("redirect_uri"),
        code_verifier: parameters.take("code_verifier"),
        refresh_token: parameters.take("refresh_token"),
        scope: parameters.take("scope"),
        proof: proof(&headers).map_err(&refused)?,
    };
    let tokens = operations::oauth::token(&server.platform, origin, &presented, &request);
    let tokens = tokens.await.map_err(&refused)?;
    let mut body = json!({
        "access_token": tokens.access_token.reveal(), "token_type": tokens.token_type,
        "expires_in": tokens.expires_in, "scope": tokens.scope,
    });
    if let Some(refresh_token) = &tokens.refresh_token {
        body["refresh_token"] = json!(refresh_token.reveal());
    }
    let no_copy = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::PRAGMA, HeaderValue::from_static("no-cache")),
    ];
    Ok((no_copy, Json(body)).into_response())
}

/// The proof of a key, of which there may be one (RFC 9449, section 4.3).
fn proof(headers: &HeaderMap) -> Result<Option<String>, OauthError> {
    let mut lines = headers.get_all("dpop").iter();
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    match (line.to_str(), lines.next()) {
        (Ok(text), None) => Ok(Some(text.to_owned())),
        _ => {
            let description = "the header DPoP holds more than one proof, or none that is text";
            Err(OauthError::refused(Code::InvalidDpopProof, description))
        }
    }
}

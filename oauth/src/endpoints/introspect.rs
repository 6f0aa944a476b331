//! `POST /oauth/introspect` (RFC 7662)

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::{Extension, Json};
use domain::actor::Origin;
use operations::oauth::{Asker, OauthError};
use serde_json::Value;

use crate::form::Parameters;
use crate::presented;
use crate::refused::Refused;
use crate::state::Server;

/// Says what a token means: to a client with a secret, or to a token of the admin API.
pub(crate) async fn post(
    State(server): State<Server>,
    origin: Option<Extension<Origin>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Refused> {
    let refused = Refused::of(&headers);
    let origin = origin.map(|Extension(origin)| origin).unwrap_or_default();
    let parameters = Parameters::read(&headers, body).await.map_err(&refused)?;
    let ip = origin.ip.clone();
    let asker = match bearer(&headers) {
        Some(token) => {
            server.throttle.check(&ip, "introspect")?;
            let actor = operations::tokens::authenticate(&server.platform, token, origin)
                .await
                .map_err(OauthError::from)
                .map_err(&refused)?;
            let needed = || OauthError::from(operations::Error::SignInNeeded);
            Asker::Team(actor.ok_or_else(needed).map_err(&refused)?)
        }
        None => {
            let presented = presented::of(&headers, &parameters).map_err(&refused)?;
            server.throttle.check(&ip, &presented.client_id)?;
            Asker::Client(presented)
        }
    };
    let token = parameters.needed("token").map_err(&refused)?;
    let told = operations::oauth::introspect(&server.platform, &asker, token).await;
    Ok(Json(told.map_err(&refused)?))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

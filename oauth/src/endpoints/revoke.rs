//! `POST /oauth/revoke` (RFC 7009)

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use domain::actor::Origin;

use crate::form::Parameters;
use crate::presented;
use crate::refused::Refused;
use crate::state::Server;

/// Takes a token back; one that is unknown is taken back already.
pub(crate) async fn post(
    State(server): State<Server>,
    origin: Option<Extension<Origin>>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refused> {
    let refused = Refused::of(&headers);
    let origin = origin.map(|Extension(origin)| origin).unwrap_or_default();
    let parameters = Parameters::read(&headers, body).await.map_err(&refused)?;
    let presented = presented::of(&headers, &parameters).map_err(&refused)?;
    server.throttle.check(&origin.ip, &presented.client_id)?;
    let token = parameters.needed("token").map_err(&refused)?;
    operations::oauth::revoke(&server.platform, origin, &presented, token)
        .await
        .map_err(&refused)?;
    Ok(StatusCode::OK)
}

//! Who calls: a bearer token (RFC 6750), or the dashboard's session.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use domain::actor::Actor;
use faces::problem::Problem;
use faces::session::{self, Visit};

use crate::state::Admin;

/// The actor behind a request; none is a 401. Whoever is let in is told of a query that the endpoint does not know.
pub(crate) struct Caller(pub(crate) Actor);

impl FromRequestParts<Admin> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Admin) -> Result<Self, Problem> {
        if let Some(value) = parts.headers.get(header::AUTHORIZATION) {
            let token = value
                .to_str()
                .ok()
                .and_then(|text| text.split_once(' '))
                .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
                .map(|(_, token)| token.trim().to_owned())
                .ok_or_else(|| unknown("the Authorization header is not `Bearer` and a token"))?;
            let origin = session::origin(parts);
            let actor = operations::tokens::authenticate(&state.platform, &token, origin).await?;
            let actor = actor.ok_or_else(|| unknown("the token is unknown, expired or revoked"))?;
            state.known.check(parts)?;
            return Ok(Self(actor));
        }
        let visit = Visit::of(parts, state).await?;
        if visit.signed_in.is_none() {
            return Err(unknown("send a token as `Authorization: Bearer ...`"));
        }
        state.known.check(parts)?;
        Ok(Self(visit.actor))
    }
}

fn unknown(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "sign_in_needed", detail)
}

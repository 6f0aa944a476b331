//! Who calls: a bearer token (RFC 6750), or the dashboard's session.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use domain::actor::Actor;
use faces::problem::Problem;
use faces::session::{self, Visit};

use crate::state::Admin;

/// The actor behind a request; none is a 401.
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
            return actor
                .map(Self)
                .ok_or_else(|| unknown("the token is unknown, expired or revoked"));
        }
        let visit = Visit::of(parts, state).await?;
        match visit.signed_in {
            Some(_) => Ok(Self(visit.actor)),
            None => Err(unknown("send a token as `Authorization: Bearer ...`")),
        }
    }
}

fn unknown(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "sign_in_needed", detail)
}

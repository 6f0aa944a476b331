//! Who makes a request: the session behind a face's cookie.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use domain::actor::{Actor, Origin};
use operations::Platform;
use operations::sign_in::SignedIn;

use crate::cookie::Cookies;
use crate::problem::Problem;

/// What a face's state must give for its requests to be known.
pub trait Front {
    /// The platform.
    fn platform(&self) -> &Platform;
    /// The names of the face's cookies.
    fn cookies(&self) -> Cookies;
}

/// Where this request came from.
pub fn origin(parts: &Parts) -> Origin {
    parts
        .extensions
        .get::<Origin>()
        .cloned()
        .unwrap_or_default()
}

/// Who is signed in, if anybody. Looked up once per request.
#[derive(Clone)]
pub struct Visit {
    /// The account and its session.
    pub signed_in: Option<SignedIn>,
    /// Who acts: the account, or a visitor.
    pub actor: Actor,
}

impl Visit {
    /// Looks up the session of a request.
    pub async fn of<S: Front>(parts: &mut Parts, state: &S) -> Result<Self, operations::Error> {
        if let Some(visit) = parts.extensions.get::<Self>() {
            return Ok(visit.clone());
        }
        let (platform, cookies, origin) = (state.platform(), state.cookies(), origin(parts));
        let token = Cookies::read(&parts.headers, cookies.session_name());
        let signed_in = match token {
            Some(token) => {
                operations::sign_in::session(platform, cookies.face(), &token, origin.clone())
                    .await?
            }
            None => None,
        };
        let actor = match &signed_in {
            Some(signed_in) => signed_in.actor.clone(),
            None => Actor::visitor(platform.settings.workspace, origin),
        };
        let visit = Self { signed_in, actor };
        parts.extensions.insert(visit.clone());
        Ok(visit)
    }
}

impl<S: Front + Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Self::of(parts, state).await.map_err(Problem::from)
    }
}

impl<S: Front + Send + Sync> OptionalFromRequestParts<S> for Visit {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Option<Self>, Self::Rejection> {
        Ok(Self::of(parts, state)
            .await
            .inspect_err(crate::problem::log)
            .ok())
    }
}

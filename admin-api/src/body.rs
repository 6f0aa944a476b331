//! JSON bodies whose errors are problem documents that name the field.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use faces::problem::Problem;
use serde::de::DeserializeOwned;

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(problem(&rejection)),
        }
    }
}

fn problem(rejection: &JsonRejection) -> Problem {
    let code = match rejection {
        JsonRejection::JsonDataError(_) => "invalid",
        JsonRejection::JsonSyntaxError(_) => "json_unreadable",
        JsonRejection::MissingJsonContentType(_) => "json_expected",
        _ => "body_unreadable",
    };
    Problem::new(rejection.status(), code, rejection.body_text())
}

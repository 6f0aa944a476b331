//! Lists on the wire: a page of items and the cursor of the next.

use axum::extract::FromRequestParts;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use faces::problem::{FieldProblem, Problem};
use operations::paging::{DEFAULT_LIMIT, MOST};
use operations::{Page, Paging};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// How many items, 1 to 200.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

impl PageQuery {
    pub(crate) fn paging(self) -> Paging {
        Paging {
            limit: self.limit.map_or(DEFAULT_LIMIT, |limit| limit.0),
            after: self.after,
        }
    }
}

/// How many items a page holds.
#[derive(Debug, Deserialize)]
#[serde(try_from = "u32")]
struct Limit(u32);

impl TryFrom<u32> for Limit {
    type Error = String;

    fn try_from(limit: u32) -> Result<Self, String> {
        if (1..=MOST).contains(&limit) {
            return Ok(Self(limit));
        }
        Err(format!("is {limit}; a page holds 1 to {MOST} items"))
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// Send it as `after` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

impl<T> List<T> {
    pub(crate) fn of<U>(page: Page<U>) -> Self
    where
        T: From<U>,
    {
        let page = page.map(T::from);
        Self {
            items: page.items,
            next: page.next,
        }
    }
}

/// A query whose errors are problem documents.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem400))]
pub(crate) struct Query<T>(pub(crate) T);

/// A request that could not be read, as a problem document.
pub(crate) struct Problem400(Problem);

impl From<QueryRejection> for Problem400 {
    fn from(rejection: QueryRejection) -> Self {
        let mut problem = Problem::new(
            StatusCode::BAD_REQUEST,
            "query_unreadable",
            rejection.body_text(),
        );
        if let Some(error) = located(&rejection) {
            problem.detail = format!("the query parameter `{}`: {}", error.field, error.message);
            problem.errors = vec![error];
        }
        Self(problem)
    }
}

/// Which parameter it is about, where it is about one.
fn located(rejection: &QueryRejection) -> Option<FieldProblem> {
    type Located = serde_path_to_error::Error<serde::de::value::Error>;
    let mut cause = std::error::Error::source(rejection);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<Located>() {
            let field = error.path().to_string();
            let message = error.inner().to_string();
            return (field != ".").then_some(FieldProblem { field, message });
        }
        cause = error.source();
    }
    None
}

impl axum::response::IntoResponse for Problem400 {
    fn into_response(self) -> axum::response::Response {
        self.0.into_response()
    }
}

//! Lists on the wire: a page of items and the cursor of the next.

use axum::extract::FromRequestParts;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use faces::problem::Problem;
use operations::{Page, Paging};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// How many items, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

impl PageQuery {
    pub(crate) fn paging(self) -> Paging {
        Paging {
            limit: self.limit.unwrap_or(operations::paging::DEFAULT_LIMIT),
            after: self.after,
        }
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
        Self(Problem::new(
            StatusCode::BAD_REQUEST,
            "query_unreadable",
            rejection.body_text(),
        ))
    }
}

impl axum::response::IntoResponse for Problem400 {
    fn into_response(self) -> axum::response::Response {
        self.0.into_response()
    }
}

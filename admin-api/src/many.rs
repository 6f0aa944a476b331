//! Calls for many things at once: each is done for itself, and has an answer of its own.

use axum::http::StatusCode;
use faces::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The most things of one call.
const MOST: usize = 200;

/// What came of each thing, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Outcomes {
    /// How many were done.
    done: usize,
    /// One for each thing.
    results: Vec<Outcome>,
}

/// What came of one thing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Outcome {
    /// Its id.
    id: Uuid,
    /// The status that a call for it alone would have had.
    status: u16,
    /// Why it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

impl Outcomes {
    pub(crate) fn of(results: impl IntoIterator<Item = (Uuid, Result<(), Problem>)>) -> Self {
        let results: Vec<Outcome> = results
            .into_iter()
            .map(|(id, result)| {
                let problem = result.err();
                let status = problem.as_ref().map_or(200, |problem| problem.status);
                Outcome {
                    id,
                    status,
                    problem,
                }
            })
            .collect();
        let done = results.iter().filter(|it| it.problem.is_none()).count();
        Self { done, results }
    }
}

/// What came of each thing that was to be made, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Batch<T> {
    /// How many were made.
    done: usize,
    /// One for each thing.
    #[schema(inline)]
    results: Vec<BatchItem<T>>,
}

/// What came of one thing that was to be made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchItem<T> {
    /// The status that a call for it alone would have had: 201, or why not.
    status: u16,
    /// What was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    made: Option<T>,
    /// Why it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

impl<T> Batch<T> {
    pub(crate) fn of(results: impl IntoIterator<Item = Result<T, Problem>>) -> Self {
        let item = |result: Result<T, Problem>| match result {
            Ok(made) => BatchItem {
                status: StatusCode::CREATED.as_u16(),
                made: Some(made),
                problem: None,
            },
            Err(problem) => BatchItem {
                status: problem.status,
                made: None,
                problem: Some(problem),
            },
        };
        let results: Vec<BatchItem<T>> = results.into_iter().map(item).collect();
        let done = results.iter().filter(|it| it.made.is_some()).count();
        Self { done, results }
    }
}

/// Refuses a call for more things than one call does.
pub(crate) fn few_enough<T>(things: &[T]) -> Result<(), Problem> {
    if things.len() <= MOST {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "too_many_at_once",
        format!(
            "these are {} things; one call does at most {MOST}",
            things.len()
        ),
    ))
}

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

/// Refuses a call for more things than one call does.
pub(crate) fn few_enough(ids: &[Uuid]) -> Result<(), Problem> {
    if ids.len() <= MOST {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "too_many_at_once",
        format!(
            "these are {} things; one call does at most {MOST}",
            ids.len()
        ),
    ))
}

//! What stands in the way of a configuration, by entity.

use domain::change::ChangeKind;
use serde::Serialize;
use thiserror::Error;
use uuid::Uuid;

/// One thing that does not compile.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Error)]
#[error("{kind} {id}: {message}")]
pub struct Problem {
    /// What kind of entity.
    pub kind: ChangeKind,
    /// Which one.
    pub id: Uuid,
    /// What is wrong with it.
    pub message: String,
}

impl Problem {
    /// A problem of one entity.
    pub fn new(kind: ChangeKind, id: impl Into<Uuid>, message: impl ToString) -> Self {
        Self {
            kind,
            id: id.into(),
            message: message.to_string(),
        }
    }
}

/// Everything that does not compile: of each entity the form before stays in force.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("parts of the configuration do not compile, of each the form before stays in force: {}", list(.0))]
pub struct Problems(pub Vec<Problem>);

fn list(problems: &[Problem]) -> String {
    let texts: Vec<String> = problems.iter().take(5).map(Problem::to_string).collect();
    let more = problems.len().saturating_sub(5);
    match more {
        0 => texts.join("; "),
        _ => format!("{}; and {more} more", texts.join("; ")),
    }
}

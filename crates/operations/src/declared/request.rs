//! What is asked of a declaration, and what was done or would be done.

use declaration::Declaration;
use serde::Serialize;

use super::impact::Impact;
use super::plan::{Action, Choice, Line};

/// What is to be made so.
#[derive(Clone, Default)]
pub struct Request {
    /// What is declared, its references replaced.
    pub declaration: Declaration,
    /// Which things are looked at.
    pub choice: Choice,
    /// The hash of the configuration that it was compared with; another one now is a conflict. See [`super::Exported`].
    pub expected: Option<String>,
    /// Whether applications may be cut off.
    pub confirmed: bool,
    /// Whether nothing is written.
    pub dry_run: bool,
    /// The way it came, for the audit log: `cli`, `api`.
    pub through: &'static str,
}

/// What an apply did, or would do.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Every difference, in the order in which it is dealt with.
    pub lines: Vec<Line>,
    /// Who would feel it.
    pub impact: Impact,
    /// The hash of the configuration that it was compared with.
    pub before: String,
    /// The hash afterwards; the same when nothing was written.
    pub after: String,
    /// The revision that was taken, when the gateways have something to read.
    pub revision: Option<i64>,
    /// Whether anything was written.
    pub applied: bool,
}

impl Report {
    /// Whether the platform is not what is declared. What is there and not declared counts only where it would be taken
    /// away.
    pub fn differs(&self) -> bool {
        self.lines.iter().any(|line| line.action != Action::Keep)
    }

    /// How many things something happens to.
    pub fn count(&self, action: Action) -> usize {
        let lines = self.lines.iter();
        lines.filter(|line| line.action == action).count()
    }
}

/// Told of each step that was taken: how many of how many.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Send + Sync);

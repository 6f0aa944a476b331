//! What was applied last under each tag, and whether the platform still is that.

pub(crate) mod check;
pub(crate) mod forget;
pub(crate) mod list;

use operations::declared::{By, Declared, Difference, Kind, Member, Standing};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// All of them, by tag.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Declarations {
    /// One for each tag.
    items: Vec<Declaration>,
}

/// What was applied last under a tag.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Declaration {
    /// Its id, the same from one apply to the next.
    id: Uuid,
    /// Its tag; empty for declarations without one.
    tag: String,
    /// SHA-256 of the declaration in its one form.
    hash: String,
    /// How many things it names.
    things: i64,
    /// When it was applied.
    applied_at: String,
    /// Who applied it.
    applied_by: String,
    /// account, token or system.
    applied_by_kind: String,
    /// The revision of the configuration that it was applied to.
    revision: i64,
    /// When the platform was last held against it.
    checked_at: String,
    /// `in_step`, `drifted`, or `unknown`: it could not be held against it.
    state: &'static str,
    /// Since when the platform is known to differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    drifted_at: Option<String>,
    /// Why the platform could not be held against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// How many things differ.
    differing: i64,
    /// What differs: the first 200 of it.
    differences: Vec<Drift>,
}

/// A thing that differs from what was declared.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Drift {
    /// `missing` (it was declared, and is gone), `changed`, or `undeclared` (it carries the tag, and was not declared).
    how: &'static str,
    /// What kind of thing: `route`.
    kind: String,
    /// Which one: `shipping/v2/GET /rates`.
    name: String,
    /// Which of its members differ.
    members: Vec<DriftedMember>,
    /// Who changed it last since it was applied; for who may read the audit log, and where that knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<ChangedBy>,
}

/// A member that differs. Secrets are told as having changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DriftedMember {
    /// Its name.
    name: String,
    /// What was declared; null for nothing.
    declared: Value,
    /// What it is; null for nothing.
    found: Value,
}

/// Who changed something.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangedBy {
    /// The name in the audit log.
    name: String,
    /// When.
    at: String,
    /// What was done: `route.updated`.
    action: String,
    /// The line of the audit log.
    event_id: Uuid,
}

impl From<Vec<Declared>> for Declarations {
    fn from(all: Vec<Declared>) -> Self {
        Self {
            items: all.into_iter().map(Declaration::from).collect(),
        }
    }
}

impl From<Declared> for Declaration {
    fn from(one: Declared) -> Self {
        let (state, drifted_at, problem) = match one.standing {
            Standing::InStep => ("in_step", None, None),
            Standing::Drifted(since) => ("drifted", Some(since.to_string()), None),
            Standing::Unknown(problem) => ("unknown", None, Some(problem)),
        };
        Self {
            id: one.id.uuid(),
            tag: one.tag,
            hash: one.hash,
            things: one.things,
            applied_at: one.applied_at.to_string(),
            applied_by: one.applied_by,
            applied_by_kind: one.applied_by_kind,
            revision: one.revision,
            checked_at: one.checked_at.to_string(),
            state,
            drifted_at,
            problem,
            differing: one.differing,
            differences: one.differences.into_iter().map(Drift::from).collect(),
        }
    }
}

impl From<Difference> for Drift {
    fn from(one: Difference) -> Self {
        Self {
            how: match one.how {
                Kind::Missing => "missing",
                Kind::Changed => "changed",
                Kind::Undeclared => "undeclared",
            },
            kind: one.kind,
            name: one.name,
            members: one.members.into_iter().map(DriftedMember::from).collect(),
            by: one.by.map(ChangedBy::from),
        }
    }
}

impl From<Member> for DriftedMember {
    fn from(one: Member) -> Self {
        Self {
            name: one.name,
            declared: one.declared,
            found: one.found,
        }
    }
}

impl From<By> for ChangedBy {
    fn from(by: By) -> Self {
        Self {
            at: by.at().to_string(),
            name: by.name,
            action: by.action,
            event_id: by.event.uuid(),
        }
    }
}

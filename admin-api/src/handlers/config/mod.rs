//! The configuration as a whole, as a declaration.

pub(crate) mod apply;
pub(crate) mod export;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use faces::problem::Problem;
use operations::declared::{Action, Line, Report};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What an apply did, or would do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Applied {
    /// Whether anything was written.
    applied: bool,
    /// Whether the platform was not what is declared. What is there and not declared counts only where it is taken away.
    differs: bool,
    /// The hash of the configuration that the declaration was compared with.
    before: String,
    /// The hash afterwards, also sent as `ETag`; the same when nothing was written.
    after: String,
    /// The revision that was taken, when the gateways have something to read.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<i64>,
    /// How many things were made.
    created: usize,
    /// How many things were changed.
    updated: usize,
    /// How many things were taken away.
    deleted: usize,
    /// How many things are there and not declared; nothing happens to them.
    kept: usize,
    /// Who feels it.
    impact: Impact,
    /// Every difference, in the order in which it is dealt with.
    changes: Vec<Change>,
}

/// Who would be cut off from something, at most.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Impact {
    /// How many applications.
    applications: usize,
    /// Their calls in the last 24 hours.
    calls: i64,
}

/// What happens to one thing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Change {
    /// create, update, delete or keep.
    action: &'static str,
    /// What kind of thing: `route`.
    kind: &'static str,
    /// Which one: `shipping/v2/GET /rates`.
    name: String,
    /// Which of its members differ: `from` what is there `to` what is declared. Secrets are told as having changed.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    members: Map<String, Value>,
}

const fn word(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::Keep => "keep",
    }
}

impl From<Report> for Applied {
    fn from(report: Report) -> Self {
        Self {
            applied: report.applied,
            differs: report.differs(),
            created: report.count(Action::Create),
            updated: report.count(Action::Update),
            deleted: report.count(Action::Delete),
            kept: report.count(Action::Keep),
            impact: Impact {
                applications: report.impact.applications,
                calls: report.impact.calls,
            },
            changes: report.lines.into_iter().map(Change::from).collect(),
            before: report.before,
            after: report.after,
            revision: report.revision,
        }
    }
}

impl From<Line> for Change {
    fn from(line: Line) -> Self {
        Self {
            action: word(line.action),
            kind: line.kind.as_str(),
            name: line.name,
            members: line.changes,
        }
    }
}

/// A hash as an entity tag (RFC 9110, section 8.8.3).
fn etag(hash: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{hash}\"")).expect("base 16 in quotes")
}

/// The hash in an entity tag.
fn hash_of(tag: &str) -> Option<&str> {
    tag.trim().strip_prefix('"')?.strip_suffix('"')
}

/// The hash that the configuration must have, from `If-Match`; nothing where any will do.
pub(crate) struct Seen(Option<String>);

impl<S: Sync> FromRequestParts<S> for Seen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            return Ok(Self(None));
        };
        let text = value.to_str().unwrap_or_default();
        if text.trim() == "*" {
            return Ok(Self(None));
        }
        match hash_of(text) {
            Some(hash) => Ok(Self(Some(hash.to_owned()))),
            None => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "version_unreadable",
                "`If-Match` is not a hash in quotes; send the ETag of the configuration",
            )),
        }
    }
}

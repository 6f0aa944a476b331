//! Dry runs: what would become of a request, with each policy's verdict.

pub(crate) mod create;

use operations::tester::{DraftPolicy, Outcome, Question, Rehearsal, Rehearsed};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::policies::place;

/// A header.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    /// Its name.
    name: String,
    /// Its value.
    value: String,
}

/// A policy that is not attached yet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TriedPolicy {
    /// Which policy.
    kind: String,
    /// What it would be attached to.
    scope: String,
    /// Which one; left out for global.
    #[serde(default)]
    scope_id: Option<Uuid>,
    /// Its configuration.
    #[serde(default)]
    config: serde_json::Value,
    /// When it applies; left out for always.
    #[serde(default)]
    conditions: serde_json::Value,
    /// What happens when it cannot do its work: open or closed; left out where its configuration says.
    #[serde(default)]
    on_error: String,
}

/// A request to try. Nothing is sent, and no counter moves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DryRun {
    /// Its method.
    method: String,
    /// The host that it names.
    host: String,
    /// Path and query.
    path: String,
    /// Its headers.
    #[serde(default)]
    headers: Vec<Header>,
    /// Its body.
    #[serde(default)]
    body: String,
    /// Who calls, as if one of the application's credentials had been sent; left out, the headers decide.
    #[serde(default)]
    application: Option<Uuid>,
    /// A draft version that counts as published.
    #[serde(default)]
    version: Option<Uuid>,
    /// A policy that is not attached yet.
    #[serde(default)]
    policy: Option<TriedPolicy>,
}

impl DryRun {
    fn read(self) -> Result<Rehearsal, faces::problem::Problem> {
        let draft = match self.policy {
            Some(policy) => Some(DraftPolicy {
                place: place(&policy.scope, policy.scope_id)?,
                kind: policy.kind,
                config: policy.config,
                aside: operations::policies::Aside {
                    name: String::new(),
                    conditions: policy.conditions,
                    on_error: policy.on_error,
                },
            }),
            None => None,
        };
        Ok(Rehearsal {
            question: Question {
                method: self.method,
                host: self.host,
                path: self.path,
                headers: String::new(),
                draft: self.version.map(Into::into),
            },
            headers: self
                .headers
                .into_iter()
                .map(|header| (header.name, header.value))
                .collect(),
            body: self.body.into_bytes().into(),
            application: self.application.map(Into::into),
            draft,
        })
    }
}

/// What one policy said.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PolicyVerdict {
    /// Which policy.
    kind: &'static str,
    /// What it is attached to.
    scope: String,
    /// Its id; absent for what is built in, and for the policy that was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<Uuid>,
    /// In words: passes, refuses, answers, not reached, ...
    verdict: &'static str,
    /// The code and what exactly, where it refused; the status, where it answered.
    detail: String,
}

/// How the request ends.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DryRunEnd {
    /// forwarded, answered or refused.
    is: &'static str,
    /// The status of the gateway's own answer; 0 for a request that is forwarded.
    status: u16,
    /// The code of a refusal.
    code: String,
    /// What exactly, of a refusal.
    detail: String,
    /// Method, path and query that the upstream gets, below its target's own path.
    request: String,
    /// The headers: of the request that is forwarded, or of the answer.
    headers: Vec<Header>,
    /// The body of the same, as text.
    body: String,
}

/// What would become of the request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DryRunResult {
    /// The route that takes it, and why; as the route tester says it.
    trace: serde_json::Value,
    /// What each policy said, in run order.
    policies: Vec<PolicyVerdict>,
    /// The end; absent when no route takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<DryRunEnd>,
}

impl From<Rehearsed> for DryRunResult {
    fn from(done: Rehearsed) -> Self {
        Self {
            trace: serde_json::to_value(&done.trace).unwrap_or_default(),
            policies: done
                .said
                .into_iter()
                .map(|said| PolicyVerdict {
                    kind: said.kind,
                    scope: said.scope.to_string(),
                    policy: (!said.id.is_nil()).then(|| said.id.uuid()),
                    verdict: said.verdict.as_str(),
                    detail: said.detail,
                })
                .collect(),
            end: done.outcome.map(Into::into),
        }
    }
}

fn headers<'a>(
    all: impl Iterator<Item = (&'a http::HeaderName, &'a http::HeaderValue)>,
) -> Vec<Header> {
    all.map(|(name, value)| Header {
        name: name.to_string(),
        value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
    })
    .collect()
}

impl From<Outcome> for DryRunEnd {
    fn from(outcome: Outcome) -> Self {
        let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
        match outcome {
            Outcome::Forwarded {
                method,
                target,
                headers: all,
                body,
            } => Self {
                is: "forwarded",
                status: 0,
                code: String::new(),
                detail: String::new(),
                request: format!("{method} {target}"),
                headers: headers(all.iter()),
                body: text(&body),
            },
            Outcome::Answered {
                status,
                headers: all,
                body,
            } => Self {
                is: "answered",
                status,
                code: String::new(),
                detail: String::new(),
                request: String::new(),
                headers: headers(all.iter().map(|(name, value)| (name, value))),
                body: text(&body),
            },
            Outcome::Refused {
                status,
                code,
                detail,
            } => Self {
                is: "refused",
                status,
                code: code.to_owned(),
                detail,
                request: String::new(),
                headers: Vec::new(),
                body: String::new(),
            },
        }
    }
}

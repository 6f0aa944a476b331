//! Why a request is answered by the route that answers it: for the dashboard's route tester.

use std::sync::Arc;

use domain::api::PolicyScope;
use domain::id::{ApiVersionId, PolicyId, RouteId, UpstreamId};
use serde::Serialize;

use super::{Found, Live};
use crate::condition::Asked;
use crate::path::Canonical;
use crate::route::CompiledRoute;

/// What happens to a request, and what was considered on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// The path as it is matched and forwarded; `None` when it is refused.
    pub path: Option<String>,
    /// What happens.
    pub verdict: Verdict,
    /// Every route whose path matches, in the order in which they are taken.
    pub candidates: Vec<Candidate>,
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Verdict {
    /// It goes through a route.
    Route {
        /// Which one.
        route: RouteId,
        /// Where to.
        upstream: Option<UpstreamId>,
        /// The path that the upstream gets, below its target's own.
        upstream_path: Option<String>,
        /// The policies that run, in order, apart from those of the caller's product, plan and application.
        policies: Vec<PolicyStep>,
        /// Whether a credential and a subscription are needed.
        needs_subscription: bool,
    },
    /// 410: the path is a retired version's.
    Retired {
        /// Which one.
        api_version: ApiVersionId,
    },
    /// A route sends the caller elsewhere.
    Redirect {
        /// Which one.
        route: RouteId,
        /// The status of the answer.
        status: u16,
        /// Its `Location`.
        location: String,
        /// Whether a credential and a subscription are needed.
        needs_subscription: bool,
    },
    /// 405, with the methods that the path has.
    MethodNotAllowed {
        /// The `Allow` header.
        allow: String,
    },
    /// 404.
    NotFound,
    /// 400: the path has two readings.
    Ambiguous {
        /// Which rule it breaks.
        reason: String,
    },
}

/// One policy of a route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyStep {
    /// Its kind.
    pub kind: &'static str,
    /// What it is attached to.
    pub scope: PolicyScope,
    /// Its id; nil for what is built in.
    pub id: PolicyId,
}

/// A route whose path matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Its id.
    pub route: RouteId,
    /// Its name.
    pub name: String,
    /// The API and version that own it.
    pub api_version: String,
    /// The host pattern that it was found under; empty for every host.
    pub host: String,
    /// Its whole path, base path included, as it was written.
    pub path: String,
    /// Whether it is the one that is taken.
    pub taken: bool,
    /// Why, or why not.
    pub reason: String,
}

impl Live {
    /// Explains what happens to a request. Its path is as it was typed, without query.
    pub fn explain(&self, asked: &Asked<'_>) -> Trace {
        let path = match Canonical::parse(asked.path.as_bytes()) {
            Ok(path) => path,
            Err(error) => {
                return Trace {
                    path: None,
                    verdict: Verdict::Ambiguous {
                        reason: error.to_string(),
                    },
                    candidates: Vec::new(),
                };
            }
        };
        let hosts = self.tables.hosts.load();
        let host = asked.host;
        let asked = Asked {
            path: path.as_str(),
            ..*asked
        };
        let found = hosts.find(&asked);
        let mut matches: Vec<(&str, &Arc<CompiledRoute>)> = Vec::new();
        hosts.matches(host, path.as_str(), &mut |host, route| {
            matches.push((host, route));
        });
        let names: Vec<&str> = hosts.routers(host).map(|(name, _)| name).collect();
        let place = |host: &str| names.iter().position(|name| *name == host);
        matches.sort_by(|(host_a, a), (host_b, b)| {
            let by_host = place(host_a).cmp(&place(host_b));
            by_host.then_with(|| b.precedence.cmp(&a.precedence))
        });
        let taken = match &found {
            Found::Route(route) => matches.iter().find(|(_, r)| r.id == route.id).copied(),
            _ => None,
        };
        let mut candidates: Vec<Candidate> = matches
            .iter()
            .map(|(host, route)| candidate(host, route, &asked, taken))
            .collect();
        candidates.sort_by_key(|candidate| !candidate.taken);
        Trace {
            verdict: verdict(&found, &asked),
            path: Some(path.as_str().to_owned()),
            candidates,
        }
    }
}

fn verdict(found: &Found, asked: &Asked<'_>) -> Verdict {
    let path = asked.path;
    if let Found::Route(route) = found
        && let Some(redirect) = route.redirect(path, asked.query)
    {
        return match redirect {
            Ok((status, location)) => Verdict::Redirect {
                route: route.id,
                status: status.as_u16(),
                location: location.to_str().unwrap_or_default().to_owned(),
                needs_subscription: route.needs_grant(),
            },
            Err(error) => Verdict::Ambiguous {
                reason: error.to_string(),
            },
        };
    }
    match found {
        Found::Route(route) => {
            let steps = route
                .pipeline
                .before
                .iter()
                .chain(route.pipeline.after.iter());
            Verdict::Route {
                route: route.id,
                upstream: route.upstream.as_ref().map(|cell| cell.id()),
                upstream_path: route.upstream_path(path).ok().map(|path| path.into_owned()),
                policies: steps
                    .map(|step| PolicyStep {
                        kind: step.kind,
                        scope: step.scope,
                        id: step.id,
                    })
                    .collect(),
                needs_subscription: route.needs_grant(),
            }
        }
        Found::Retired(version) => Verdict::Retired {
            api_version: version.id,
        },
        Found::MethodNotAllowed { allow } => Verdict::MethodNotAllowed {
            allow: allow.to_str().unwrap_or_default().to_owned(),
        },
        Found::NotFound => Verdict::NotFound,
    }
}

fn candidate(
    host: &str,
    route: &Arc<CompiledRoute>,
    asked: &Asked<'_>,
    taken: Option<(&str, &Arc<CompiledRoute>)>,
) -> Candidate {
    let is_taken = taken.is_some_and(|(_, t)| t.id == route.id);
    let reason = if let Some(broken) = route.conditions.broken(asked) {
        broken
    } else if route.version.is_retired() {
        "its API version is retired".to_owned()
    } else if !route.takes(asked.method) {
        format!("it does not take {}", asked.method)
    } else {
        match taken {
            Some(_) if is_taken => {
                "it stands first among the routes that take the method".to_owned()
            }
            Some((taken_host, _)) if taken_host != host => {
                format!("`{}` was taken under a more particular host", name(taken))
            }
            Some((_, winner)) => {
                let why = winner.precedence.reason_over(&route.precedence);
                format!("`{}` was taken: {why}", winner.name)
            }
            None => "a retired version answers".to_owned(),
        }
    };
    Candidate {
        route: route.id,
        name: route.name.clone(),
        api_version: format!("{} {}", route.version.api_name, route.version.label),
        host: host.to_owned(),
        path: format!("{}{}", route.version.base_path, route.path),
        taken: is_taken,
        reason,
    }
}

fn name<'r>(taken: Option<(&str, &'r Arc<CompiledRoute>)>) -> &'r str {
    taken.map_or("", |(_, route)| route.name.as_str())
}

//! A route as the runtime uses it: matched, guarded and forwarded without another look-up.

use std::borrow::Cow;
use std::sync::Arc;

use domain::change::ChangeKind;
use domain::id::{OperationId, RouteId};
use gateway_policies::contract::Operation;
use http::{HeaderValue, Method, StatusCode};

use crate::condition::Conditions;
use crate::model;
use crate::path::Ambiguity;
use crate::problem::Problem;
use crate::rewrite::{CompiledRedirect, Rewrite};
use crate::router::precedence::Precedence;
use crate::settings::{Access, RouteSettings};
use crate::steps::Pipeline;
use crate::template::Pattern;
use crate::upstream::UpstreamCell;
use crate::version::CompiledVersion;

/// A route.
pub struct CompiledRoute {
    /// Its id.
    pub id: RouteId,
    /// The operation that it stands for; nil for a route made by hand.
    pub operation: OperationId,
    /// Its name, for people.
    pub name: String,
    /// Its path below the version's base path, as it was written.
    pub path: String,
    /// The API version.
    pub version: Arc<CompiledVersion>,
    /// Where its requests go; `None` when the version has no upstream.
    pub upstream: Option<Arc<UpstreamCell>>,
    /// The rest.
    pub settings: RouteSettings,
    /// Its policies.
    pub pipeline: Pipeline,
    /// What the API's document says of its operation, where one of its policies asks for it.
    pub contract: Option<Operation>,
    pub(crate) methods: Vec<Method>,
    pub(crate) precedence: Precedence,
    pub(crate) conditions: Conditions,
    pattern: Pattern,
    rewrite: Option<Rewrite>,
    redirect: Option<CompiledRedirect>,
}

/// What a route is compiled from.
pub(crate) struct Parts<'a> {
    pub(crate) route: &'a model::Route,
    pub(crate) version: Arc<CompiledVersion>,
    pub(crate) upstream: Option<Arc<UpstreamCell>>,
    pub(crate) pipeline: Pipeline,
    pub(crate) contract: Option<Operation>,
}

impl CompiledRoute {
    pub(crate) fn compile(parts: Parts<'_>) -> Result<Self, Vec<Problem>> {
        let Parts {
            route,
            version,
            upstream,
            pipeline,
            contract,
        } = parts;
        let mut problems = Vec::new();
        let mut report = |message: String| {
            problems.push(Problem::new(ChangeKind::Route, route.id, message));
        };
        let mut methods = Vec::new();
        for text in &route.methods {
            match Method::from_bytes(text.as_bytes()) {
                Ok(method) => methods.push(method),
                Err(_) => report(format!("`{text}` is not a method")),
            }
        }
        let pattern = Pattern::parse(&route.path, route.path_kind)
            .map_err(|error| report(error.to_string()))
            .ok();
        let rewrite = match (&route.settings.rewrite, &pattern) {
            (Some(text), Some(pattern)) => Rewrite::parse(text, &route.path, pattern)
                .map_err(|error| report(error.to_string()))
                .ok(),
            _ => None,
        };
        let redirect = match (&route.settings.redirect, &pattern) {
            (Some(redirect), Some(pattern)) => {
                CompiledRedirect::compile(redirect, &route.path, pattern)
                    .map_err(|error| report(error.to_string()))
                    .ok()
            }
            _ => None,
        };
        let conditions = Conditions::compile(&route.settings).unwrap_or_else(|flaws| {
            flaws.into_iter().for_each(&mut report);
            Conditions::default()
        });
        let Some(pattern) = pattern.filter(|_| problems.is_empty()) else {
            return Err(problems);
        };
        Ok(Self {
            id: route.id,
            operation: route.operation,
            name: route.name.clone(),
            path: route.path.clone(),
            precedence: Precedence::new(route, &version.base_path, &pattern, conditions.counts()),
            conditions,
            version,
            upstream,
            settings: route.settings.clone(),
            pipeline,
            contract,
            methods,
            pattern,
            rewrite,
            redirect,
        })
    }

    pub(crate) fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Whether callers need a credential and a subscription.
    pub fn needs_grant(&self) -> bool {
        self.settings.access == Access::Subscription
    }

    /// Whether the method is taken. HEAD is, where GET is (RFC 9110, section 9.3.2).
    pub(crate) fn takes(&self, method: &Method) -> bool {
        self.methods.is_empty()
            || self.methods.contains(method)
            || method == Method::HEAD && self.methods.contains(&Method::GET)
    }

    /// The path that the upstream gets, below the target's own: rewritten, or stripped of the base path, or as it is. `path`
    /// is the canonical path that this route was found for. A rewrite can make of harmless parameters a path that has
    /// two readings: that is refused.
    pub fn upstream_path<'p>(&self, path: &'p str) -> Result<Cow<'p, str>, Ambiguity> {
        let below = below(path, &self.version.base_path);
        if let Some(rewrite) = &self.rewrite {
            return rewrite.fill(&self.pattern, below).map(Cow::Owned);
        }
        Ok(Cow::Borrowed(if self.settings.strip_base_path {
            below
        } else {
            path
        }))
    }

    /// Status and `Location` of a route that sends callers elsewhere; `None` for one that does not.
    pub fn redirect(
        &self,
        path: &str,
        query: Option<&str>,
    ) -> Option<Result<(StatusCode, HeaderValue), Ambiguity>> {
        let redirect = self.redirect.as_ref()?;
        let below = below(path, &self.version.base_path);
        Some(redirect.answer(&self.pattern, below, query))
    }
}

/// What a path holds below a base path: at least `/`.
pub(crate) fn below<'p>(path: &'p str, base_path: &str) -> &'p str {
    match path.strip_prefix(base_path) {
        Some("") | None => "/",
        Some(rest) => rest,
    }
}

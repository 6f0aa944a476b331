//! A route as the runtime uses it: matched, guarded and forwarded without another look-up.

use std::borrow::Cow;
use std::sync::Arc;

use domain::change::ChangeKind;
use domain::id::{OperationId, RouteId};
use gateway_policies::contract::Operation;
use http::Method;
use thiserror::Error;

use crate::model;
use crate::path::{Ambiguity, Canonical, canonical_text};
use crate::problem::Problem;
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
    pattern: Pattern,
    rewrite: Option<Rewrite>,
}

/// A path with holes.
type Rewrite = Vec<Piece>;

enum Piece {
    Text(String),
    Param(String),
}

/// Why a rewrite cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RewriteError {
    /// Paths are absolute.
    #[error("rewrite `{0}` does not begin with a slash")]
    NotAbsolute(String),
    /// A brace without its partner.
    #[error("rewrite `{0}` has a parameter that is not closed")]
    Open(String),
    /// The route's path has no such parameter.
    #[error("rewrite names `{{{name}}}`, which path `{path}` does not have")]
    Unknown {
        /// The name.
        name: String,
        /// The route's path.
        path: String,
    },
    /// `?`, dot segments and the like.
    #[error("rewrite `{0}` is not a path that can be sent: {1}")]
    Ambiguous(String, Ambiguity),
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
            (Some(text), Some(pattern)) => rewrite(text, &route.path, pattern)
                .map_err(|error| report(error.to_string()))
                .ok(),
            _ => None,
        };
        let Some(pattern) = pattern.filter(|_| problems.is_empty()) else {
            return Err(problems);
        };
        Ok(Self {
            id: route.id,
            operation: route.operation,
            name: route.name.clone(),
            path: route.path.clone(),
            precedence: Precedence::new(route, &version.base_path, &pattern),
            version,
            upstream,
            settings: route.settings.clone(),
            pipeline,
            contract,
            methods,
            pattern,
            rewrite,
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
        if let Some(pieces) = &self.rewrite {
            let values = self.pattern.captures(below).unwrap_or_default();
            let mut text = String::with_capacity(path.len());
            for piece in pieces {
                match piece {
                    Piece::Text(literal) => text.push_str(literal),
                    Piece::Param(name) => {
                        let value = values.iter().find(|(n, _)| n == name);
                        text.push_str(value.map_or("", |(_, value)| value));
                    }
                }
            }
            let canonical = Canonical::parse(text.as_bytes())?;
            return Ok(Cow::Owned(canonical.as_str().to_owned()));
        }
        Ok(Cow::Borrowed(if self.settings.strip_base_path {
            below
        } else {
            path
        }))
    }
}

/// What a path holds below a base path: at least `/`.
pub(crate) fn below<'p>(path: &'p str, base_path: &str) -> &'p str {
    match path.strip_prefix(base_path) {
        Some("") | None => "/",
        Some(rest) => rest,
    }
}

fn rewrite(text: &str, path: &str, pattern: &Pattern) -> Result<Rewrite, RewriteError> {
    if !text.starts_with('/') {
        return Err(RewriteError::NotAbsolute(text.to_owned()));
    }
    let known = pattern.parameters();
    let mut pieces = Vec::new();
    let mut trial = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(tail) = rest.strip_prefix('{') {
            let (name, tail) = tail
                .split_once('}')
                .ok_or_else(|| RewriteError::Open(text.to_owned()))?;
            let name = name.trim_end_matches('*');
            if !known.iter().any(|k| k == name) {
                return Err(RewriteError::Unknown {
                    name: name.to_owned(),
                    path: path.to_owned(),
                });
            }
            pieces.push(Piece::Param(name.to_owned()));
            trial.push('x');
            rest = tail;
        } else {
            let at = rest.find('{').unwrap_or(rest.len());
            let (literal, tail) = rest.split_at(at);
            let is_query = literal.contains(['?', '#', ';']);
            let literal = if is_query {
                literal.to_owned()
            } else {
                canonical_text(literal)
            };
            trial.push_str(&literal);
            pieces.push(Piece::Text(literal));
            rest = tail;
        }
    }
    Canonical::parse(trial.as_bytes())
        .map_err(|error| RewriteError::Ambiguous(text.to_owned(), error))?;
    Ok(pieces)
}

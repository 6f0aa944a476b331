//! Whether an entity would compile: asked before it is saved, so that the gateway never meets one that does not.

use std::sync::Arc;

use crate::live::compiler::{base_path, check_hosts};
use crate::model::{ApiVersion, Entity, Policy, Route, Upstream};
use crate::problem::Problem;
use crate::route::{CompiledRoute, Parts};
use crate::steps::{Pipeline, Step};
use crate::upstream::CompiledUpstream;
use crate::version::CompiledVersion;
use domain::api::Lifecycle;
use domain::change::ChangeKind;
use domain::id::{ApiId, Id};

/// Whether an entity can be put into force. What is switched off, and drafts, always can.
pub fn entity(entity: &Entity) -> Result<(), Vec<Problem>> {
    match entity {
        Entity::Upstream(entity) => upstream(entity),
        Entity::ApiVersion(entity) if entity.lifecycle.is_routed() => api_version(entity),
        Entity::Route(entity) if entity.enabled => route(entity),
        Entity::Policy(entity) if entity.enabled => policy(entity),
        _ => Ok(()),
    }
}

/// Whether an upstream's targets can be reached by these URLs.
pub fn upstream(upstream: &Upstream) -> Result<(), Vec<Problem>> {
    CompiledUpstream::compile(upstream).map(|_| ())
}

/// Whether a version's hosts and base path can be routed.
pub fn api_version(version: &ApiVersion) -> Result<(), Vec<Problem>> {
    let mut problems = check_hosts(version);
    if let Err(message) = base_path(&version.base_path) {
        problems.push(Problem::new(ChangeKind::ApiVersion, version.id, message));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// Whether a route's methods, path and rewrite can be used.
pub fn route(route: &Route) -> Result<(), Vec<Problem>> {
    let version = ApiVersion {
        id: route.api_version,
        api: ApiId::NIL,
        api_slug: String::new(),
        api_name: String::new(),
        label: String::new(),
        lifecycle: Lifecycle::Published,
        upstream: None,
        hosts: Vec::new(),
        base_path: String::new(),
        deprecated_at: None,
        sunset_at: None,
        successor_url: None,
    };
    let parts = Parts {
        route,
        version: Arc::new(CompiledVersion::compile(&version, String::new())),
        upstream: None,
        pipeline: Pipeline::new(Vec::new(), crate::settings::Access::Subscription),
        contract: None,
    };
    CompiledRoute::compile(parts).map(|_| ())
}

/// Whether a policy's kind, scope and configuration fit together.
pub fn policy(policy: &Policy) -> Result<(), Vec<Problem>> {
    Step::compile(policy).map(|_| ())
}

/// Whether a path alone can be routed: for an import that has no route yet.
pub fn path(path: &str, kind: domain::api::PathKind) -> Result<(), String> {
    let trial = Route {
        id: Id::NIL,
        api_version: Id::NIL,
        operation: Id::NIL,
        name: String::new(),
        methods: Vec::new(),
        path: path.to_owned(),
        path_kind: kind,
        priority: 0,
        settings: crate::settings::RouteSettings::default(),
        enabled: true,
    };
    match route(&trial) {
        Ok(()) => Ok(()),
        Err(problems) => Err(problems
            .into_iter()
            .map(|p| p.message)
            .collect::<Vec<_>>()
            .join("; ")),
    }
}

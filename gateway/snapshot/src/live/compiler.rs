//! Compiles what changed: policies, upstreams, routers. Nothing of it is seen by a request before all of it compiles.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use domain::api::PolicyScope;
use domain::change::ChangeKind;
use domain::id::{ApiVersionId, PolicyId, UpstreamId};
use uuid::Uuid;

use super::book::{Book, Dirty};
use super::tables::Tables;
use crate::model;
use crate::path::canonical_text;
use crate::problem::Problem;
use crate::route::{CompiledRoute, Parts};
use crate::router::VersionRouter;
use crate::router::hosts::HostRouter;
use crate::settings::Access;
use crate::steps::{Pipeline, Step, in_order};
use crate::upstream::{CompiledUpstream, UpstreamCell};
use crate::version::CompiledVersion;

type Compiled<T> = Result<T, Vec<Problem>>;

/// What was compiled, whether it is in force or waits for the rest.
#[derive(Default)]
pub(super) struct Compiler {
    policies: HashMap<PolicyId, Compiled<Step>>,
    upstreams: HashMap<UpstreamId, Compiled<Arc<CompiledUpstream>>>,
    cells: HashMap<UpstreamId, Arc<UpstreamCell>>,
    versions: HashMap<ApiVersionId, Compiled<Arc<VersionRouter>>>,
    /// Policies of products, plans and applications, as they are in force.
    scoped: HashMap<(PolicyScope, Uuid), Arc<[Step]>>,
}

/// The policies of a version, once for all of its routes that have none of their own.
struct Shared {
    steps: Vec<Step>,
    keyed: Pipeline,
    open: Pipeline,
}

impl Compiler {
    /// Compiles what is dirty; what does not compile is said.
    pub(super) fn compile(&mut self, book: &Book, dirty: &Dirty) -> Vec<Problem> {
        for id in &dirty.policies {
            match book.policies.get(id).filter(|policy| policy.enabled) {
                Some(policy) => self.policies.insert(*id, Step::compile(policy)),
                None => self.policies.remove(id),
            };
        }
        for id in &dirty.upstreams {
            match book.upstreams.get(id) {
                Some(upstream) => {
                    let compiled = CompiledUpstream::compile(upstream).map(Arc::new);
                    self.upstreams.insert(*id, compiled)
                }
                None => self.upstreams.remove(id),
            };
        }
        for id in &dirty.versions {
            match book.versions.get(id).filter(|v| v.lifecycle.is_routed()) {
                Some(version) => {
                    let router = self.version(book, version).map(Arc::new);
                    self.versions.insert(*id, router)
                }
                None => self.versions.remove(id),
            };
        }
        self.problems()
    }

    /// Puts into force what was compiled. Only when there was no problem.
    pub(super) fn commit(&mut self, book: &Book, dirty: &Dirty, tables: &Tables) {
        for id in &dirty.upstreams {
            let current = self
                .upstreams
                .get(id)
                .and_then(|u| u.as_ref().ok())
                .cloned();
            if let Some(cell) = self.cells.get(id) {
                cell.store(current);
            }
        }
        if !dirty.upstreams.is_empty() {
            let named = self.upstreams.values().filter_map(|u| u.as_ref().ok());
            let named = named.map(|upstream| (upstream.slug.as_str().into(), upstream.clone()));
            tables.upstreams.store(Arc::new(named.collect()));
        }
        if !dirty.hosts.is_empty() {
            let mut hosts = (**tables.hosts.load()).clone();
            for host in &dirty.hosts {
                hosts.set(host, self.host(book, host));
            }
            tables.hosts.store(Arc::new(hosts));
        }
        // A cell that a router still points to stays: the upstream may come back.
        let upstreams = &self.upstreams;
        self.cells
            .retain(|id, cell| upstreams.contains_key(id) || Arc::strong_count(cell) > 1);
        for scope in &dirty.scopes {
            let steps = in_order(self.steps_of(book, scope.0, scope.1));
            if steps.is_empty() {
                self.scoped.remove(scope);
            } else {
                self.scoped.insert(*scope, steps.into());
            }
        }
    }

    /// The policies of a product, plan or application that are in force.
    pub(super) fn scoped(&self, scope: PolicyScope, id: Uuid) -> Option<&Arc<[Step]>> {
        self.scoped.get(&(scope, id))
    }

    /// How many routes are compiled.
    pub(super) fn routes(&self) -> usize {
        let routers = self.versions.values().filter_map(|v| v.as_ref().ok());
        routers.map(|router| router.len()).sum()
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems: Vec<Problem> = Vec::new();
        problems.extend(
            self.policies
                .values()
                .filter_map(|c| c.as_ref().err())
                .flatten()
                .cloned(),
        );
        problems.extend(
            self.upstreams
                .values()
                .filter_map(|c| c.as_ref().err())
                .flatten()
                .cloned(),
        );
        problems.extend(
            self.versions
                .values()
                .filter_map(|c| c.as_ref().err())
                .flatten()
                .cloned(),
        );
        problems.sort();
        problems
    }

    fn host(&self, book: &Book, host: &str) -> Option<HostRouter> {
        let versions: Vec<Arc<VersionRouter>> = book
            .versions_on(host)
            .filter_map(|id| self.versions.get(&id)?.as_ref().ok().cloned())
            .collect();
        (!versions.is_empty()).then(|| HostRouter::new(versions))
    }

    /// The policies attached to one thing. Those that do not compile were reported already.
    fn steps_of(&self, book: &Book, scope: PolicyScope, id: Uuid) -> Vec<Step> {
        book.policies_of(scope, id)
            .filter_map(|policy| self.policies.get(&policy.id)?.as_ref().ok().cloned())
            .collect()
    }

    fn version(&mut self, book: &Book, version: &model::ApiVersion) -> Compiled<VersionRouter> {
        let mut problems = check_hosts(version);
        let base_path = match base_path(&version.base_path) {
            Ok(base_path) => base_path,
            Err(message) => {
                problems.push(Problem::new(ChangeKind::ApiVersion, version.id, message));
                String::new()
            }
        };
        let compiled = Arc::new(CompiledVersion::compile(version, base_path));
        let upstream = version.upstream.map(|id| self.cell(id));
        let mut steps = self.steps_of(book, PolicyScope::Global, Uuid::nil());
        steps.extend(self.steps_of(book, PolicyScope::Api, version.api.uuid()));
        steps.extend(self.steps_of(book, PolicyScope::Version, version.id.uuid()));
        let shared = Shared {
            keyed: Pipeline::new(steps.clone(), false),
            open: Pipeline::new(steps.clone(), true),
            steps,
        };
        let mut routes = Vec::new();
        for route in book.routes_of(version.id).filter(|route| route.enabled) {
            let parts = Parts {
                route,
                version: compiled.clone(),
                upstream: upstream.clone(),
                pipeline: self.pipeline(book, route, &shared),
            };
            match CompiledRoute::compile(parts) {
                Ok(route) => routes.push(route),
                Err(more) => problems.extend(more),
            }
        }
        if problems.is_empty() {
            Ok(VersionRouter::new(compiled, routes))
        } else {
            Err(problems)
        }
    }

    fn pipeline(&self, book: &Book, route: &model::Route, shared: &Shared) -> Pipeline {
        let is_open = route.settings.access == Access::Open;
        let own = self.steps_of(book, PolicyScope::Route, route.id.uuid());
        if own.is_empty() {
            return if is_open { &shared.open } else { &shared.keyed }.clone();
        }
        let mut steps = shared.steps.clone();
        steps.extend(own);
        Pipeline::new(steps, is_open)
    }

    /// The cell of an upstream: made when the first version asks, filled with what is compiled already.
    fn cell(&mut self, id: UpstreamId) -> Arc<UpstreamCell> {
        let current = self.upstreams.get(&id).and_then(|u| u.as_ref().ok());
        let cell = self.cells.entry(id).or_insert_with(|| {
            let cell = UpstreamCell::new(id);
            cell.store(current.cloned());
            Arc::new(cell)
        });
        cell.clone()
    }
}

/// `/` is nothing; everything else begins with a slash, ends without one, and has no parameters.
pub(crate) fn base_path(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    if text.is_empty() {
        return Ok(String::new());
    }
    let canonical = canonical_text(text);
    match crate::path::Canonical::parse(canonical.as_bytes()) {
        Ok(path) if !text.contains(['{', '}']) => Ok(path.as_str().to_owned()),
        Ok(_) => Err(format!("base path `{text}` cannot have parameters")),
        Err(error) => Err(format!("base path `{text}` cannot be used: {error}")),
    }
}

pub(crate) fn check_hosts(version: &model::ApiVersion) -> Vec<Problem> {
    let is_name = |host: &str| {
        let host = host.trim_end_matches('.');
        let name = host.strip_prefix("*.").unwrap_or(host);
        !name.is_empty()
            && name.split('.').all(|label| {
                !label.is_empty()
                    && label
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            })
            || host.starts_with('[') && host.ends_with(']')
    };
    let mut seen: HashSet<&str> = HashSet::new();
    let mut wrong: BTreeMap<&str, String> = BTreeMap::new();
    for host in &version.hosts {
        if !is_name(host) {
            wrong.insert(
                host,
                format!("`{host}` is not a host name; `*.` may stand only in front"),
            );
        } else if !seen.insert(host) {
            wrong.insert(host, format!("host `{host}` is there twice"));
        }
    }
    wrong
        .into_values()
        .map(|message| Problem::new(ChangeKind::ApiVersion, version.id, message))
        .collect()
}

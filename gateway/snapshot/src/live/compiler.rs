//! Compiles what changed: policies, upstreams, routers. Nothing of it is seen by a request before it is whole.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use domain::api::PolicyScope;
use domain::change::ChangeKind;
use domain::id::{ApiVersionId, PolicyId, UpstreamId};
use gateway_policies::contract::{Contracts, Operation};
use uuid::Uuid;

use super::book::{Book, Dirty};
use super::tables::Tables;
use crate::failures::Failures;
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

/// What is compiled. The book holds only what compiles alone; what does not all the same is left out and said.
#[derive(Default)]
pub(super) struct Compiler {
    failures: Arc<Failures>,
    policies: HashMap<PolicyId, Step>,
    upstreams: HashMap<UpstreamId, Arc<CompiledUpstream>>,
    cells: HashMap<UpstreamId, Arc<UpstreamCell>>,
    versions: HashMap<ApiVersionId, Arc<VersionRouter>>,
    /// Contracts that were read, each beside the text that it was read from.
    contracts: HashMap<ApiVersionId, (Arc<str>, Option<Arc<Contracts>>)>,
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
    /// Nothing yet. What the policies fail at is counted there.
    pub(super) fn new(failures: Arc<Failures>) -> Self {
        Self {
            failures,
            ..Self::default()
        }
    }

    /// Compiles what is dirty; what does not compile is left out, and said.
    pub(super) fn compile(&mut self, book: &Book, dirty: &Dirty) -> Vec<Problem> {
        let mut problems = Vec::new();
        for id in &dirty.policies {
            self.policies.remove(id);
            let Some(policy) = book.policies.get(id).filter(|policy| policy.enabled) else {
                continue;
            };
            match Step::compile(policy) {
                Ok(step) => drop(self.policies.insert(*id, step.counted(&self.failures))),
                Err(more) => problems.extend(more),
            }
        }
        for id in &dirty.upstreams {
            self.upstreams.remove(id);
            let Some(upstream) = book.upstreams.get(id) else {
                continue;
            };
            match CompiledUpstream::compile(upstream) {
                Ok(upstream) => drop(self.upstreams.insert(*id, Arc::new(upstream))),
                Err(more) => problems.extend(more),
            }
        }
        for id in &dirty.versions {
            self.versions.remove(id);
            let version = book.versions.get(id).filter(|v| v.lifecycle.is_routed());
            if version.is_none() {
                self.contracts.remove(id);
            }
            if let Some(router) =
                version.and_then(|version| self.version(book, version, &mut problems))
            {
                self.versions.insert(*id, Arc::new(router));
            }
        }
        problems
    }

    /// Puts into force what was compiled.
    pub(super) fn commit(&mut self, book: &Book, dirty: &Dirty, tables: &Tables) {
        for id in &dirty.upstreams {
            let current = self.upstreams.get(id).cloned();
            if current.is_some() {
                self.cell(*id).store(current);
            } else if let Some(cell) = self.cells.get(id) {
                cell.store(None);
            }
        }
        if !dirty.upstreams.is_empty() {
            let by_slug = self.upstreams.iter().filter_map(|(id, upstream)| {
                Some((upstream.slug.as_str().into(), self.cells.get(id)?.clone()))
            });
            tables.upstreams.store(Arc::new(by_slug.collect()));
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
        self.versions.values().map(|router| router.len()).sum()
    }

    fn host(&self, book: &Book, host: &str) -> Option<HostRouter> {
        let versions: Vec<Arc<VersionRouter>> = book
            .versions_on(host)
            .filter_map(|id| self.versions.get(&id).cloned())
            .collect();
        (!versions.is_empty()).then(|| HostRouter::new(versions))
    }

    /// The policies attached to one thing.
    fn steps_of(&self, book: &Book, scope: PolicyScope, id: Uuid) -> Vec<Step> {
        book.policies_of(scope, id)
            .filter_map(|policy| self.policies.get(&policy.id).cloned())
            .collect()
    }

    fn version(
        &mut self,
        book: &Book,
        version: &model::ApiVersion,
        problems: &mut Vec<Problem>,
    ) -> Option<VersionRouter> {
        problems.extend(check_hosts(version));
        let base_path = base_path(&version.base_path)
            .map_err(|message| {
                problems.push(Problem::new(ChangeKind::ApiVersion, version.id, message));
            })
            .ok()?;
        let compiled = Arc::new(CompiledVersion::compile(version, base_path));
        let upstream = version.upstream.map(|id| self.cell(id));
        let mut steps = self.steps_of(book, PolicyScope::Global, Uuid::nil());
        steps.extend(self.steps_of(book, PolicyScope::Api, version.api.uuid()));
        steps.extend(self.steps_of(book, PolicyScope::Version, version.id.uuid()));
        let shared = Shared {
            keyed: Pipeline::new(steps.clone(), Access::Subscription),
            open: Pipeline::new(steps.clone(), Access::Open),
            steps,
        };
        let contract = book.contracts.get(&version.id);
        let contracts = self.contracts(version.id, contract);
        let mut routes = Vec::new();
        for route in book.routes_of(version.id).filter(|route| route.enabled) {
            let parts = Parts {
                route,
                version: compiled.clone(),
                upstream: upstream.clone(),
                pipeline: self.pipeline(book, route, &shared),
                contract: contract
                    .zip(contracts.as_ref())
                    .and_then(|(contract, all)| operation_of(route, contract, all)),
            };
            match CompiledRoute::compile(parts) {
                Ok(route) => routes.push(route),
                Err(more) => problems.extend(more),
            }
        }
        Some(VersionRouter::new(compiled, routes))
    }

    /// The contract of a version, read once for each text. One that cannot be read is as good as none: the policies that ask
    /// for it refuse.
    fn contracts(
        &mut self,
        id: ApiVersionId,
        contract: Option<&model::Contract>,
    ) -> Option<Arc<Contracts>> {
        let Some(contract) = contract else {
            self.contracts.remove(&id);
            return None;
        };
        if let Some((text, contracts)) = self.contracts.get(&id)
            && Arc::ptr_eq(text, &contract.document)
        {
            return contracts.clone();
        }
        let read = Contracts::read(&contract.document).map(Arc::new);
        if let Err(error) = &read {
            tracing::error!(api_version = %id, %error, "policies that need the API's document refuse");
        }
        let read = read.ok();
        self.contracts
            .insert(id, (contract.document.clone(), read.clone()));
        read
    }

    fn pipeline(&self, book: &Book, route: &model::Route, shared: &Shared) -> Pipeline {
        let access = route.settings.access;
        let own = self.steps_of(book, PolicyScope::Route, route.id.uuid());
        if own.is_empty() {
            return match access {
                Access::Open => shared.open.clone(),
                Access::Subscription | Access::Authenticated => shared.keyed.clone(),
            };
        }
        let mut steps = shared.steps.clone();
        steps.extend(own);
        Pipeline::new(steps, access)
    }

    /// The cell of an upstream: made when the first version asks, filled with what is compiled already.
    fn cell(&mut self, id: UpstreamId) -> Arc<UpstreamCell> {
        let current = self.upstreams.get(&id);
        let cell = self.cells.entry(id).or_insert_with(|| {
            let cell = UpstreamCell::new(id);
            cell.store(current.cloned());
            Arc::new(cell)
        });
        cell.clone()
    }
}

fn operation_of(
    route: &model::Route,
    contract: &model::Contract,
    all: &Arc<Contracts>,
) -> Option<Operation> {
    let operations = contract.operations.iter();
    let (_, key) = operations
        .into_iter()
        .find(|(id, _)| *id == route.operation)?;
    all.operation(key)
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

//! The configuration as it should be: every entity but the credentials, and which belongs to which.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::api::{Lifecycle, PolicyScope};
use domain::change::ChangeKind;
use domain::id::{
    ApiId, ApiVersionId, ApplicationId, CaId, CertificateId, Id, PlanId, PolicyId, ProductId,
    RouteId, SigningKeyId, SubscriptionId, UpstreamId,
};
use uuid::Uuid;

use crate::model::{
    ApiVersion, Application, Ca, Certificate, Change, Contract, Credential, Entity,
    OauthRevocation, Plan, Policy, Product, Route, SigningKey, Subscription, Upstream,
};
use crate::router::hosts::ANY;

/// All entities by id, and the indices that the compiler asks.
#[derive(Default)]
pub(super) struct Book {
    pub(super) signing_keys: HashMap<SigningKeyId, SigningKey>,
    pub(super) cas: HashMap<CaId, Ca>,
    pub(super) certificates: HashMap<CertificateId, Certificate>,
    pub(super) upstreams: HashMap<UpstreamId, Upstream>,
    pub(super) versions: HashMap<ApiVersionId, ApiVersion>,
    pub(super) routes: HashMap<RouteId, Route>,
    pub(super) policies: HashMap<PolicyId, Policy>,
    pub(super) products: HashMap<ProductId, Product>,
    pub(super) plans: HashMap<PlanId, Plan>,
    pub(super) applications: HashMap<ApplicationId, Application>,
    pub(super) subscriptions: HashMap<SubscriptionId, Subscription>,
    pub(super) contracts: HashMap<ApiVersionId, Contract>,
    pub(super) oauth_revocations: HashMap<Uuid, OauthRevocation>,
    routes_by_version: HashMap<ApiVersionId, BTreeSet<RouteId>>,
    versions_by_api: HashMap<ApiId, BTreeSet<ApiVersionId>>,
    versions_by_host: HashMap<String, BTreeSet<ApiVersionId>>,
    policies_by_scope: HashMap<(PolicyScope, Uuid), BTreeSet<PolicyId>>,
    plans_by_product: HashMap<ProductId, BTreeSet<PlanId>>,
    subscriptions_by_application: HashMap<ApplicationId, BTreeSet<SubscriptionId>>,
}

/// What has to be looked at again.
#[derive(Default)]
pub(super) struct Dirty {
    // Compiled, and swapped in together or not at all.
    pub(super) upstreams: HashSet<UpstreamId>,
    pub(super) versions: HashSet<ApiVersionId>,
    pub(super) policies: HashSet<PolicyId>,
    pub(super) hosts: HashSet<String>,
    /// Products, plans and applications whose policies changed.
    pub(super) scopes: HashSet<(PolicyScope, Uuid)>,
    // Taken at once.
    pub(super) signing_keys: bool,
    pub(super) certificates: bool,
    pub(super) oauth_revocations: HashSet<Uuid>,
    pub(super) products: HashSet<ProductId>,
    pub(super) plans: HashSet<PlanId>,
    pub(super) applications: HashSet<ApplicationId>,
    pub(super) subscriptions: HashSet<SubscriptionId>,
    pub(super) credentials: Vec<(Uuid, Option<Credential>)>,
}

impl Book {
    /// Writes a change down and marks what depends on it.
    pub(super) fn note(&mut self, change: Change, dirty: &mut Dirty) {
        match change {
            Change::Put(entity) => self.put(entity, dirty),
            Change::Delete { kind, id } => self.delete(kind, id, dirty),
        }
    }

    fn put(&mut self, entity: Entity, dirty: &mut Dirty) {
        match entity {
            Entity::SigningKey(key) => {
                dirty.signing_keys = true;
                self.signing_keys.insert(key.id, key);
            }
            Entity::Ca(ca) => {
                dirty.certificates = true;
                self.cas.insert(ca.id, ca);
            }
            Entity::Certificate(certificate) => {
                dirty.certificates = true;
                self.certificates.insert(certificate.id, certificate);
            }
            Entity::Upstream(upstream) => {
                dirty.upstreams.insert(upstream.id);
                self.upstreams.insert(upstream.id, upstream);
            }
            Entity::ApiVersion(version) => self.version(version.id, Some(version), dirty),
            Entity::Route(route) => self.route(route.id, Some(route), dirty),
            Entity::Policy(policy) => self.policy(policy.id, Some(policy), dirty),
            Entity::Product(product) => {
                dirty.products.insert(product.id);
                self.products.insert(product.id, product);
            }
            Entity::Plan(plan) => self.plan(plan.id, Some(plan), dirty),
            Entity::Application(application) => {
                dirty.applications.insert(application.id);
                self.applications.insert(application.id, application);
            }
            Entity::Subscription(subscription) => {
                self.subscription(subscription.id, Some(subscription), dirty);
            }
            Entity::Credential(credential) => {
                dirty
                    .credentials
                    .push((credential.id.uuid(), Some(credential)));
            }
            Entity::Contract(contract) => {
                self.touch(contract.api_version, dirty);
                self.contracts.insert(contract.api_version, contract);
            }
            Entity::OauthRevocation(revocation) => {
                dirty.oauth_revocations.insert(revocation.id);
                self.oauth_revocations.insert(revocation.id, revocation);
            }
        }
    }

    fn delete(&mut self, kind: ChangeKind, id: Uuid, dirty: &mut Dirty) {
        match kind {
            ChangeKind::SigningKey => {
                dirty.signing_keys = true;
                self.signing_keys.remove(&Id::new(id));
            }
            ChangeKind::Ca => {
                dirty.certificates = true;
                self.cas.remove(&Id::new(id));
            }
            ChangeKind::Certificate => {
                dirty.certificates = true;
                self.certificates.remove(&Id::new(id));
            }
            ChangeKind::Upstream => {
                dirty.upstreams.insert(Id::new(id));
                self.upstreams.remove(&Id::new(id));
            }
            ChangeKind::ApiVersion => self.version(Id::new(id), None, dirty),
            ChangeKind::Route => self.route(Id::new(id), None, dirty),
            ChangeKind::Policy => self.policy(Id::new(id), None, dirty),
            ChangeKind::Product => {
                dirty.products.insert(Id::new(id));
                self.products.remove(&Id::new(id));
            }
            ChangeKind::Plan => self.plan(Id::new(id), None, dirty),
            ChangeKind::Application => {
                dirty.applications.insert(Id::new(id));
                self.applications.remove(&Id::new(id));
            }
            ChangeKind::Subscription => self.subscription(Id::new(id), None, dirty),
            ChangeKind::Credential => dirty.credentials.push((id, None)),
            // an order is carried out by the feed; there is nothing to keep
            ChangeKind::CachePurge | ChangeKind::AcmeChallenge => {}
            ChangeKind::Contract => {
                self.touch(Id::new(id), dirty);
                self.contracts.remove(&Id::new(id));
            }
            ChangeKind::OauthRevocation => {
                dirty.oauth_revocations.insert(id);
                self.oauth_revocations.remove(&id);
            }
        }
    }

    fn version(&mut self, id: ApiVersionId, new: Option<ApiVersion>, dirty: &mut Dirty) {
        dirty.versions.insert(id);
        if let Some(old) = self.versions.remove(&id) {
            unlink(&mut self.versions_by_api, &old.api, &id);
            for host in hosts_of(&old) {
                unlink(&mut self.versions_by_host, &host, &id);
                dirty.hosts.insert(host);
            }
        }
        if let Some(new) = new {
            self.versions_by_api.entry(new.api).or_default().insert(id);
            for host in hosts_of(&new) {
                self.versions_by_host
                    .entry(host.clone())
                    .or_default()
                    .insert(id);
                dirty.hosts.insert(host);
            }
            self.versions.insert(id, new);
        }
    }

    fn route(&mut self, id: RouteId, new: Option<Route>, dirty: &mut Dirty) {
        if let Some(old) = self.routes.remove(&id) {
            unlink(&mut self.routes_by_version, &old.api_version, &id);
            self.touch(old.api_version, dirty);
        }
        if let Some(new) = new {
            self.routes_by_version
                .entry(new.api_version)
                .or_default()
                .insert(id);
            self.touch(new.api_version, dirty);
            self.routes.insert(id, new);
        }
    }

    fn policy(&mut self, id: PolicyId, new: Option<Policy>, dirty: &mut Dirty) {
        dirty.policies.insert(id);
        if let Some(old) = self.policies.remove(&id) {
            let scope = (old.scope, old.scope_id);
            unlink(&mut self.policies_by_scope, &scope, &id);
            self.touch_scope(scope, dirty);
        }
        if let Some(new) = new {
            let scope = (new.scope, new.scope_id);
            self.policies_by_scope.entry(scope).or_default().insert(id);
            self.touch_scope(scope, dirty);
            self.policies.insert(id, new);
        }
    }

    fn plan(&mut self, id: PlanId, new: Option<Plan>, dirty: &mut Dirty) {
        dirty.plans.insert(id);
        if let Some(old) = self.plans.remove(&id) {
            unlink(&mut self.plans_by_product, &old.product, &id);
        }
        if let Some(new) = new {
            self.plans_by_product
                .entry(new.product)
                .or_default()
                .insert(id);
            self.plans.insert(id, new);
        }
    }

    fn subscription(&mut self, id: SubscriptionId, new: Option<Subscription>, dirty: &mut Dirty) {
        dirty.subscriptions.insert(id);
        if let Some(old) = self.subscriptions.remove(&id) {
            unlink(
                &mut self.subscriptions_by_application,
                &old.application,
                &id,
            );
            dirty.applications.insert(old.application);
        }
        if let Some(new) = new {
            let by_application = &mut self.subscriptions_by_application;
            by_application
                .entry(new.application)
                .or_default()
                .insert(id);
            dirty.applications.insert(new.application);
            self.subscriptions.insert(id, new);
        }
    }

    fn touch(&self, version: ApiVersionId, dirty: &mut Dirty) {
        dirty.versions.insert(version);
        if let Some(version) = self.versions.get(&version) {
            dirty.hosts.extend(hosts_of(version));
        }
    }

    fn touch_scope(&self, (scope, id): (PolicyScope, Uuid), dirty: &mut Dirty) {
        match scope {
            PolicyScope::Global => {
                let all: Vec<ApiVersionId> = self.versions.keys().copied().collect();
                all.into_iter()
                    .for_each(|version| self.touch(version, dirty));
            }
            PolicyScope::Api => {
                let versions = self.versions_by_api.get(&Id::new(id)).into_iter().flatten();
                versions.for_each(|version| self.touch(*version, dirty));
            }
            PolicyScope::Version => self.touch(Id::new(id), dirty),
            PolicyScope::Route => {
                if let Some(route) = self.routes.get(&Id::new(id)) {
                    self.touch(route.api_version, dirty);
                }
            }
            PolicyScope::Product | PolicyScope::Plan | PolicyScope::Application => {
                dirty.scopes.insert((scope, id));
            }
        }
    }

    pub(super) fn routes_of(&self, version: ApiVersionId) -> impl Iterator<Item = &Route> {
        let ids = self.routes_by_version.get(&version).into_iter().flatten();
        ids.filter_map(|id| self.routes.get(id))
    }

    pub(super) fn versions_on(&self, host: &str) -> impl Iterator<Item = ApiVersionId> {
        self.versions_by_host
            .get(host)
            .into_iter()
            .flatten()
            .copied()
    }

    pub(super) fn policies_of(
        &self,
        scope: PolicyScope,
        id: Uuid,
    ) -> impl Iterator<Item = &Policy> {
        let ids = self
            .policies_by_scope
            .get(&(scope, id))
            .into_iter()
            .flatten();
        ids.filter_map(|id| self.policies.get(id))
            .filter(|policy| policy.enabled)
    }

    pub(super) fn plans_of(&self, product: ProductId) -> impl Iterator<Item = PlanId> {
        self.plans_by_product
            .get(&product)
            .into_iter()
            .flatten()
            .copied()
    }

    pub(super) fn subscriptions_of(
        &self,
        application: ApplicationId,
    ) -> impl Iterator<Item = &Subscription> {
        let ids = self.subscriptions_by_application.get(&application);
        ids.into_iter()
            .flatten()
            .filter_map(|id| self.subscriptions.get(id))
    }

    /// Every entity that it holds, in the order of application.
    pub(super) fn entities(&self) -> Vec<Entity> {
        let mut all: Vec<Entity> = Vec::new();
        all.extend(sorted(&self.signing_keys).map(Entity::SigningKey));
        all.extend(sorted(&self.cas).map(Entity::Ca));
        all.extend(sorted(&self.certificates).map(Entity::Certificate));
        all.extend(sorted(&self.upstreams).map(Entity::Upstream));
        all.extend(sorted(&self.versions).map(Entity::ApiVersion));
        all.extend(sorted(&self.routes).map(Entity::Route));
        all.extend(sorted(&self.policies).map(Entity::Policy));
        all.extend(sorted(&self.products).map(Entity::Product));
        all.extend(sorted(&self.plans).map(Entity::Plan));
        all.extend(sorted(&self.applications).map(Entity::Application));
        all.extend(sorted(&self.subscriptions).map(Entity::Subscription));
        all.extend(sorted(&self.oauth_revocations).map(Entity::OauthRevocation));
        all.extend(sorted(&self.contracts).map(Entity::Contract));
        all
    }
}

/// The hosts that a version answers on, as keys of the host table. A draft answers on none.
fn hosts_of(version: &ApiVersion) -> Vec<String> {
    if version.lifecycle == Lifecycle::Draft {
        return Vec::new();
    }
    if version.hosts.is_empty() {
        return vec![ANY.to_owned()];
    }
    let normal = |host: &String| host.trim_end_matches('.').to_ascii_lowercase();
    version.hosts.iter().map(normal).collect()
}

fn unlink<K, V>(index: &mut HashMap<K, BTreeSet<V>>, key: &K, value: &V)
where
    K: std::hash::Hash + Eq,
    V: Ord,
{
    if let Some(values) = index.get_mut(key) {
        values.remove(value);
        if values.is_empty() {
            index.remove(key);
        }
    }
}

fn sorted<K: Ord + Copy, V: Clone>(map: &HashMap<K, V>) -> impl Iterator<Item = V> {
    let mut pairs: Vec<(&K, &V)> = map.iter().collect();
    pairs.sort_by_key(|(id, _)| **id);
    pairs.into_iter().map(|(_, entity)| entity.clone())
}

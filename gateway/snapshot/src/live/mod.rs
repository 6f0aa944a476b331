//! The live snapshot: read by every request, changed in place by stable ids, never waited for.

mod authorise;
mod book;
pub(crate) mod compiler;
mod explain;
#[cfg(test)]
mod random_tests;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::api::PolicyScope;
use domain::change::ChangeKind;
use domain::id::{ApplicationId, CredentialId, Id, PlanId, ProductId, SubscriptionId};
use domain::oauth::{KEY_PURPOSE, SigningAlgorithm};
use gateway_policies::jose::key::Key;
use http::{HeaderValue, Method};
use parking_lot::Mutex;
use serde::Serialize;
use uuid::Uuid;

pub use crate::router::hosts::Found;
pub use authorise::{Grant, Standing};
pub use explain::{Candidate, Trace, Verdict};
pub use tables::{ApplicationNow, CompiledPlan, Papers, SubscriptionEntry};

use crate::check;
use crate::condition::Asked;
use crate::failures::{Failures, PolicyFailures};
use crate::model::{Change, Credential, Entity};
use crate::problem::{Problem, Problems};
use crate::steps::{self, Step, in_order};
use crate::upstream::{CompiledUpstream, UpstreamCell};
use book::{Book, Dirty};
use compiler::Compiler;
use tables::{CredentialEntry, Tables};

/// The configuration of a node. Readers take no lock that a writer holds for long; one writer at a time.
pub struct Live {
    tables: Tables,
    writer: Mutex<Writer>,
    status: ArcSwap<Status>,
    failures: Arc<Failures>,
}

/// What the node has, for its status page and heartbeat.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Status {
    /// The revision in force.
    pub revision: i64,
    /// What of it does not compile: of these entities the form before is in force, or none when they are new.
    pub problems: Vec<Problem>,
    /// Routes in force.
    pub routes: usize,
    /// Credentials known.
    pub credentials: usize,
    /// Applications known.
    pub applications: usize,
}

#[derive(Default)]
struct Writer {
    book: Book,
    compiler: Compiler,
    dirty: Dirty,
    /// Where each credential is in the table.
    hashes: HashMap<CredentialId, [u8; 32]>,
    /// What was not taken into the book, and why.
    refused: BTreeMap<(ChangeKind, Uuid), Vec<Problem>>,
}

impl Writer {
    /// Writes a change down, unless what it brings does not compile: then the form before stays.
    fn note(&mut self, change: Change) {
        let key = (change.kind(), change.id());
        if let Change::Put(entity) = &change
            && let Err(problems) = check::entity(entity)
        {
            self.refused.insert(key, problems);
            return;
        }
        self.refused.remove(&key);
        self.book.note(change, &mut self.dirty);
    }
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}

impl Live {
    /// Knows nothing yet: every request is 404.
    pub fn new() -> Self {
        let failures = Arc::<Failures>::default();
        let writer = Writer {
            compiler: Compiler::new(failures.clone()),
            ..Writer::default()
        };
        Self {
            tables: Tables::default(),
            writer: Mutex::new(writer),
            status: ArcSwap::default(),
            failures,
        }
    }

    /// How often policies could not do their work: the kinds that failed at all.
    pub fn policy_failures(&self) -> Vec<PolicyFailures> {
        self.failures.counts()
    }

    /// What the node has.
    pub fn status(&self) -> Arc<Status> {
        self.status.load_full()
    }

    /// Takes the changes that lead to a revision.
    ///
    /// An upstream, API version, route or policy that does not compile stays as it was, or is left out when it is new; all
    /// else is taken: one broken entity holds back no other one.
    pub fn apply(&self, revision: i64, changes: Vec<Change>) -> Result<(), Problems> {
        self.apply_with(revision, changes, Vec::new())
    }

    /// The same, with entities of which not even the shape was understood: they stay as they were, too.
    pub fn apply_with(
        &self,
        revision: i64,
        changes: Vec<Change>,
        unreadable: Vec<Problem>,
    ) -> Result<(), Problems> {
        let mut writer = self.writer.lock();
        self.take(&mut writer, revision, changes, unreadable)
    }

    /// Takes a whole configuration: what it does not hold is gone.
    pub fn replace(&self, revision: i64, entities: Vec<Entity>) -> Result<(), Problems> {
        self.replace_with(revision, entities, Vec::new())
    }

    /// The same, with entities of which not even the shape was understood: they stay as they were.
    pub fn replace_with(
        &self,
        revision: i64,
        entities: Vec<Entity>,
        unreadable: Vec<Problem>,
    ) -> Result<(), Problems> {
        let mut writer = self.writer.lock();
        // what is wrong still is found anew: it differs from what is known
        writer.refused.clear();
        let kept: HashSet<(ChangeKind, Uuid)> = entities
            .iter()
            .map(|e| (e.kind(), e.id()))
            .chain(unreadable.iter().map(|problem| (problem.kind, problem.id)))
            .collect();
        let known: HashMap<(ChangeKind, Uuid), Entity> = self
            .all(&writer)
            .into_iter()
            .map(|e| ((e.kind(), e.id()), e))
            .collect();
        let gone = known
            .keys()
            .filter(|key| !kept.contains(key))
            .map(|(kind, id)| Change::Delete {
                kind: *kind,
                id: *id,
            });
        let mut changes: Vec<Change> = gone.collect();
        changes.extend(
            entities
                .into_iter()
                .filter(|entity| known.get(&(entity.kind(), entity.id())) != Some(entity))
                .map(Change::Put),
        );
        self.take(&mut writer, revision, changes, unreadable)
    }

    /// Whether the newest form of an entity was not taken.
    pub fn is_refused(&self, kind: ChangeKind, id: Uuid) -> bool {
        self.writer.lock().refused.contains_key(&(kind, id))
    }

    /// Every entity, in the order of application: what a file on disk is written from.
    pub fn entities(&self) -> Vec<Entity> {
        self.all(&self.writer.lock())
    }

    /// What answers a request. `path` is canonical; `host` may have a port.
    pub fn find(&self, method: &Method, host: &str, path: &str) -> Found {
        self.find_asked(&Asked::new(method, host, path))
    }

    /// What answers a request, by all that a route may ask for.
    pub fn find_asked(&self, asked: &Asked<'_>) -> Found {
        self.tables.hosts.load().find(asked)
    }

    /// The upstream of this slug.
    pub fn upstream_by_slug(&self, slug: &str) -> Option<Arc<UpstreamCell>> {
        self.tables.upstreams.load().get(slug).cloned()
    }

    /// Every upstream.
    pub fn upstreams(&self) -> Vec<Arc<UpstreamCell>> {
        self.tables.upstreams.load().values().cloned().collect()
    }

    /// Certificates and authorities. The same `Arc` as before where neither changed.
    pub fn papers(&self) -> Arc<Papers> {
        self.tables.papers.load_full()
    }

    /// The upstream with this slug, as it is in force.
    pub fn upstream(&self, slug: &str) -> Option<Arc<CompiledUpstream>> {
        self.upstream_by_slug(slug)?.load()
    }

    fn all(&self, writer: &Writer) -> Vec<Entity> {
        let mut all = writer.book.entities();
        let mut credentials: Vec<Credential> = self
            .tables
            .credentials
            .iter()
            .map(|entry| Credential {
                id: entry.id,
                application: entry.application.id,
                kind: entry.kind,
                hash: *entry.key(),
                state: entry.state,
                expires_at: entry.expires_at,
                sealed: entry.sealed.as_deref().unwrap_or_default().to_vec(),
            })
            .collect();
        credentials.sort_by_key(|credential| credential.id);
        all.extend(credentials.into_iter().map(Entity::Credential));
        all
    }

    fn take(
        &self,
        writer: &mut Writer,
        revision: i64,
        mut changes: Vec<Change>,
        unreadable: Vec<Problem>,
    ) -> Result<(), Problems> {
        changes.sort_by_key(Change::kind);
        for change in changes {
            writer.note(change);
        }
        for problem in unreadable {
            let key = (problem.kind, problem.id);
            writer.refused.insert(key, vec![problem]);
        }
        let Writer {
            book,
            compiler,
            dirty,
            ..
        } = writer;
        let left_out = compiler.compile(book, dirty);
        compiler.commit(book, dirty, &self.tables);
        dirty.put_into_force(book);
        self.refresh(writer);
        let refused = writer.refused.values().flatten().cloned();
        let problems: Vec<Problem> = refused.chain(left_out).collect();
        self.status.store(Arc::new(Status {
            revision,
            problems: problems.clone(),
            routes: writer.compiler.routes(),
            credentials: self.tables.credentials.len(),
            applications: writer.book.applications.len(),
        }));
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Problems(problems))
        }
    }

    /// Takes over what is not compiled: keys, products, plans, subscriptions, applications, credentials, in this order.
    fn refresh(&self, writer: &mut Writer) {
        let mut dirty = std::mem::take(&mut writer.dirty);
        if dirty.signing_keys {
            self.refresh_signing_keys(&writer.book);
        }
        if std::mem::take(&mut dirty.certificates) {
            self.refresh_papers(&writer.book);
        }
        for id in dirty.oauth_revocations.drain() {
            self.refresh_revocation(&writer.book, id);
        }
        for id in dirty.products.drain() {
            self.refresh_product(writer, id);
        }
        for id in dirty.plans.drain() {
            self.refresh_plan(writer, id);
        }
        for id in dirty.subscriptions.drain() {
            self.refresh_subscription(writer, id);
        }
        for id in dirty.applications.drain() {
            self.refresh_application(writer, id);
        }
        for (id, credential) in dirty.credentials.drain(..) {
            self.refresh_credential(writer, Id::new(id), credential);
        }
    }

    fn refresh_signing_keys(&self, book: &Book) {
        let of = |purpose: &'static str| {
            let keys = book.signing_keys.values();
            keys.filter(move |key| key.purpose == purpose && key.retired_at.is_none())
        };
        let playground = of("playground").filter(|key| key.algorithm == SigningAlgorithm::EdDSA);
        let playground = playground
            .filter_map(|key| {
                Some((
                    key.id,
                    <[u8; 32]>::try_from(key.public_key.as_slice()).ok()?,
                ))
            })
            .collect();
        // a key of another shape verifies nothing
        let access = of(KEY_PURPOSE)
            .filter_map(|key| {
                let read = Key::of_platform(key.algorithm, &key.public_key).ok()?;
                Some((key.id, Arc::new(read)))
            })
            .collect();
        self.tables.signing_keys.store(Arc::new(playground));
        self.tables.access_token_keys.store(Arc::new(access));
    }

    fn refresh_revocation(&self, book: &Book, id: Uuid) {
        if book.oauth_revocations.contains_key(&id) {
            self.tables.oauth_revocations.insert(id);
        } else {
            self.tables.oauth_revocations.remove(&id);
        }
    }

    fn refresh_papers(&self, book: &Book) {
        let mut certificates: Vec<_> = book.certificates.values().cloned().collect();
        certificates.sort_by_key(|certificate| certificate.id);
        let mut cas: Vec<_> = book.cas.values().cloned().collect();
        cas.sort_by_key(|ca| ca.id);
        let papers = Papers { certificates, cas };
        self.tables.papers.store(Arc::new(papers));
    }

    fn refresh_product(&self, writer: &Writer, id: ProductId) {
        let product = writer.book.products.get(&id);
        let items = product.map(|p| p.items.iter().copied().collect());
        let cell = self.tables.product(id);
        cell.items.store(Arc::new(items.unwrap_or_default()));
    }

    fn refresh_plan(&self, writer: &Writer, id: PlanId) {
        let plan = writer.book.plans.get(&id).map(|plan| {
            let scopes = [
                (PolicyScope::Product, plan.product.uuid()),
                (PolicyScope::Plan, plan.id.uuid()),
            ];
            let mut all: Vec<Step> = steps::of_plan(plan);
            for (scope, id) in scopes {
                let scoped = writer.compiler.scoped(scope, id);
                all.extend(scoped.into_iter().flat_map(|steps| steps.iter().cloned()));
            }
            Arc::new(CompiledPlan {
                id,
                slug: HeaderValue::from_str(&plan.slug)
                    .unwrap_or(HeaderValue::from_static("unnamed")),
                state: plan.state,
                scopes: plan.scopes.clone().map(Into::into),
                steps: in_order(all).into(),
            })
        });
        self.tables.plan(id).now.store(plan);
    }

    fn refresh_subscription(&self, writer: &Writer, id: SubscriptionId) {
        let Some(subscription) = writer.book.subscriptions.get(&id) else {
            self.tables.subscriptions.remove(&id);
            return;
        };
        let entry = SubscriptionEntry {
            id,
            application: subscription.application,
            state: subscription.state,
            product: self.tables.product(subscription.product),
            plan: self.tables.plan(subscription.plan),
        };
        self.tables.subscriptions.insert(id, Arc::new(entry));
    }

    fn refresh_application(&self, writer: &Writer, id: ApplicationId) {
        let book = &writer.book;
        let open = book.subscriptions_of(id).filter(|s| s.state.is_open());
        let subscriptions = open
            .filter_map(|s| {
                self.tables
                    .subscriptions
                    .get(&s.id)
                    .map(|entry| entry.clone())
            })
            .collect();
        let application = book.applications.get(&id);
        let now = ApplicationNow {
            name: application
                .map(|a| a.name.as_str().into())
                .unwrap_or_default(),
            state: application.map(|a| a.state),
            subscriptions,
            steps: writer
                .compiler
                .scoped(PolicyScope::Application, id.uuid())
                .cloned(),
        };
        self.tables.application(id).now.store(Arc::new(now));
    }

    fn refresh_credential(&self, writer: &mut Writer, id: CredentialId, new: Option<Credential>) {
        // A new form is put in place before an old hash goes: no request may find neither.
        let old = match &new {
            Some(credential) => writer.hashes.insert(id, credential.hash),
            None => writer.hashes.remove(&id),
        };
        let hash = new.as_ref().map(|credential| credential.hash);
        if let Some(credential) = new {
            let entry = CredentialEntry {
                id,
                kind: credential.kind,
                state: credential.state,
                expires_at: credential.expires_at,
                sealed: (!credential.sealed.is_empty()).then(|| credential.sealed.into()),
                application: self.tables.application(credential.application),
            };
            self.tables.credentials.insert(credential.hash, entry);
        }
        if let Some(old) = old.filter(|old| Some(*old) != hash) {
            self.tables
                .credentials
                .remove_if(&old, |_, entry| entry.id == id);
        }
    }
}

impl Dirty {
    /// What was compiled is in force now; plans and applications whose policies changed are to be refreshed.
    fn put_into_force(&mut self, book: &Book) {
        self.upstreams.clear();
        self.versions.clear();
        self.policies.clear();
        self.hosts.clear();
        for (scope, id) in self.scopes.drain() {
            match scope {
                PolicyScope::Product => self.plans.extend(book.plans_of(Id::new(id))),
                PolicyScope::Plan => {
                    self.plans.insert(Id::new(id));
                }
                _ => {
                    self.applications.insert(Id::new(id));
                }
            }
        }
    }
}

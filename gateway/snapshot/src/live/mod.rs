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

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::api::PolicyScope;
use domain::change::ChangeKind;
use domain::id::{ApplicationId, CredentialId, Id, PlanId, ProductId, SubscriptionId};
use http::{HeaderValue, Method};
use parking_lot::Mutex;
use serde::Serialize;
use uuid::Uuid;

pub use crate::router::hosts::Found;
pub use authorise::Grant;
pub use explain::{Candidate, Trace, Verdict};
pub use tables::{ApplicationNow, CompiledPlan, SubscriptionEntry};

use crate::model::{Change, Credential, Entity};
use crate::problem::{Problem, Problems};
use crate::steps::{self, Step, in_order};
use crate::upstream::CompiledUpstream;
use book::{Book, Dirty};
use compiler::Compiler;
use tables::{CredentialEntry, Tables};

/// The configuration of a node. Readers take no lock that a writer holds for long; one writer at a time.
pub struct Live {
    tables: Tables,
    writer: Mutex<Writer>,
    status: ArcSwap<Status>,
}

/// What the node has, for its status page and heartbeat.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Status {
    /// The revision that was read last. Applications, subscriptions, credentials and plans are of this revision.
    pub revision: i64,
    /// The revision of the routes, upstreams and policies in force: behind the other one while something does not compile.
    pub compiled_revision: i64,
    /// What does not compile.
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
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}

impl Live {
    /// Knows nothing yet: every request is 404.
    pub fn new() -> Self {
        Self {
            tables: Tables::default(),
            writer: Mutex::default(),
            status: ArcSwap::default(),
        }
    }

    /// What the node has.
    pub fn status(&self) -> Arc<Status> {
        self.status.load_full()
    }

    /// Takes the changes that lead to a revision.
    ///
    /// Upstreams, API versions, routes and policies are compiled; when one of them does not compile, all of them stay as
    /// they were, and are tried again with the next changes. Applications, subscriptions, credentials, plans, products and
    /// signing keys are taken in any case: a broken policy must not delay a revocation.
    pub fn apply(&self, revision: i64, changes: Vec<Change>) -> Result<(), Problems> {
        let mut writer = self.writer.lock();
        self.take(&mut writer, revision, changes)
    }

    /// Takes a whole configuration: what it does not hold is gone.
    pub fn replace(&self, revision: i64, entities: Vec<Entity>) -> Result<(), Problems> {
        let mut writer = self.writer.lock();
        let kept: HashSet<(ChangeKind, Uuid)> =
            entities.iter().map(|e| (e.kind(), e.id())).collect();
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
        self.take(&mut writer, revision, changes)
    }

    /// Every entity, in the order of application: what a file on disk is written from.
    pub fn entities(&self) -> Vec<Entity> {
        self.all(&self.writer.lock())
    }

    /// What answers a request. `path` is canonical; `host` may have a port.
    pub fn find(&self, method: &Method, host: &str, path: &str) -> Found {
        self.tables.hosts.load().find(method, host, path)
    }

    /// The upstream with this slug, as it is in force.
    pub fn upstream(&self, slug: &str) -> Option<Arc<CompiledUpstream>> {
        self.tables.upstreams.load().get(slug).cloned()
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
    ) -> Result<(), Problems> {
        changes.sort_by_key(Change::kind);
        for change in changes {
            writer.book.note(change, &mut writer.dirty);
        }
        let problems = writer.compiler.compile(&writer.book, &writer.dirty);
        if problems.is_empty() {
            let Writer {
                book,
                compiler,
                dirty,
                ..
            } = writer;
            compiler.commit(book, dirty, &self.tables);
            dirty.put_into_force(book);
        }
        self.refresh(writer);
        let before = self.status.load();
        let compiled_revision = if problems.is_empty() {
            revision
        } else {
            before.compiled_revision
        };
        self.status.store(Arc::new(Status {
            revision,
            compiled_revision,
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
        if std::mem::take(&mut dirty.signing_keys) {
            self.refresh_signing_keys(&writer.book);
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
        // What did not compile waits for the next changes.
        writer.dirty = dirty;
    }

    fn refresh_signing_keys(&self, book: &Book) {
        let in_force = book
            .signing_keys
            .values()
            .filter(|key| key.purpose == "playground" && key.retired_at.is_none());
        let keys = in_force.map(|key| (key.id, key.public_key)).collect();
        self.tables.signing_keys.store(Arc::new(keys));
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

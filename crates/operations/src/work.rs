//! A change: one transaction that also holds its audit lines, its messages and its lines of the change feed.

use std::collections::HashMap;
use std::sync::Arc;

use domain::Timestamp;
use domain::actor::{Actor, Who};
use domain::change::{Change, ChangeKind};
use domain::id::{AccountId, WorkspaceId};
use parking_lot::Mutex;
use serde_json::Value;
use store::audit::AuditEvent;
use store::notifications::Notification;
use store::outbox::{self, OutboxEvent};
use store::{Conn, Tx};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::platform::Platform;

/// A change under way. Nothing of it is seen until [`Work::commit`]; dropped without, nothing happened.
pub struct Work {
    platform: Platform,
    actor: Actor,
    at: Timestamp,
    tx: Tx,
    audit: Vec<AuditEvent>,
    mails: Vec<OutboxEvent>,
    notices: Vec<Notification>,
    changes: Vec<Change>,
    /// Where in `changes` each thing stands.
    changed: HashMap<(ChangeKind, Uuid), usize>,
    /// What this change is a part of.
    whole: Option<Shared>,
}

/// A change that many operations take part in, one after the other. An operation that fails ends it, and with it all that
/// was done before.
#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<Option<Work>>>);

impl Shared {
    /// Begins it.
    pub(crate) fn new(work: Work) -> Self {
        Self(Arc::new(Mutex::new(Some(work))))
    }

    /// Takes it for one operation.
    pub(crate) fn take(&self) -> Result<Work> {
        let mut work = self.0.lock().take().ok_or_else(ended)?;
        work.whole = Some(self.clone());
        Ok(work)
    }

    /// Takes it out for good, for its own commit.
    pub(crate) fn finish(&self) -> Result<Work> {
        let mut work = self.0.lock().take().ok_or_else(ended)?;
        work.whole = None;
        Ok(work)
    }
}

fn ended() -> Error {
    Error::WrongState("the change as a whole has failed already".to_owned())
}

impl Work {
    pub(crate) async fn begin(platform: &Platform, actor: &Actor) -> Result<Self> {
        Ok(Self {
            tx: platform.db.begin().await?,
            at: platform.now(),
            platform: platform.clone(),
            actor: actor.clone(),
            audit: Vec::new(),
            mails: Vec::new(),
            notices: Vec::new(),
            changes: Vec::new(),
            changed: HashMap::new(),
            whole: None,
        })
    }

    /// The transaction, for store functions.
    pub fn conn(&mut self) -> &mut Conn {
        &mut self.tx
    }

    /// Whether it is one of several operations that become one change.
    pub(crate) const fn is_part(&self) -> bool {
        self.whole.is_some()
    }

    /// When this change happens: one moment for all its rows.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// Where it happens.
    pub const fn workspace(&self) -> WorkspaceId {
        self.actor.workspace
    }

    /// Writes a line of the audit log: what was done (`plan.created`) to which thing, how it was and how it is.
    /// `before` and `after` hold no secrets, not even hashes.
    pub fn audit(
        &mut self,
        action: &str,
        entity_kind: &str,
        entity_id: impl Into<Uuid>,
        entity_name: &str,
        before: Option<Value>,
        after: Option<Value>,
    ) {
        self.audit.push(AuditEvent {
            id: self.platform.new_id(),
            workspace_id: self.actor.workspace,
            at: self.at,
            actor_kind: self.actor.kind().to_owned(),
            actor_id: match &self.actor.who {
                Who::Account { id, .. } => id.uuid(),
                Who::Token { id, .. } => id.uuid(),
                Who::Client { id } => id.uuid(),
                Who::System | Who::Visitor => Uuid::nil(),
            },
            actor_name: self.actor.name.clone(),
            action: action.to_owned(),
            entity_kind: entity_kind.to_owned(),
            entity_id: entity_id.into(),
            entity_name: entity_name.to_owned(),
            before: before.map(Into::into),
            after: after.map(Into::into),
            request_id: self.actor.request.request_id.clone(),
            ip: self.actor.request.ip.clone(),
        });
    }

    /// Puts a mail into the outbox: which template, to whom, and what the template needs.
    pub fn mail(&mut self, kind: &str, recipient: &str, payload: Value) {
        self.mails.push(OutboxEvent {
            id: self.platform.new_id(),
            workspace_id: self.actor.workspace,
            kind: kind.to_owned(),
            recipient: recipient.to_owned(),
            payload: payload.into(),
            state: outbox::state::WAITING.to_owned(),
            attempts: 0,
            next_attempt_at: self.at,
            last_error: String::new(),
            created_at: self.at,
            sent_at: None,
        });
    }

    /// Leaves a message for an account, shown where it signs in. `link` is a path of that face, or empty.
    pub fn notify(&mut self, account: AccountId, kind: &str, title: &str, body: &str, link: &str) {
        self.notices.push(Notification {
            id: self.platform.new_id(),
            workspace_id: self.actor.workspace,
            account_id: account,
            kind: kind.to_owned(),
            title: title.to_owned(),
            body: body.to_owned(),
            link: link.to_owned(),
            created_at: self.at,
            read_at: None,
        });
    }

    /// Tells the gateway that it must read this thing again.
    pub fn changed(&mut self, kind: ChangeKind, id: impl Into<Uuid>) {
        self.feed(kind, id.into(), false);
    }

    /// Tells the gateway that this thing is gone.
    pub fn removed(&mut self, kind: ChangeKind, id: impl Into<Uuid>) {
        self.feed(kind, id.into(), true);
    }

    /// Writes everything, takes the revision last, and makes it seen. Returns the revision when the gateway has
    /// something to read.
    pub async fn commit(mut self) -> Result<Option<i64>> {
        if let Some(whole) = self.whole.take() {
            *whole.0.lock() = Some(self);
            return Ok(None);
        }
        let mails = !self.mails.is_empty();
        for event in self.audit {
            store::audit::insert(&mut self.tx, event).await?;
        }
        for event in self.mails {
            outbox::insert(&mut self.tx, event).await?;
        }
        for notice in self.notices {
            store::notifications::insert(&mut self.tx, notice).await?;
        }
        let revision = feed(&mut self.tx, self.actor.workspace, &self.changes, self.at).await?;
        self.tx.commit().await?;
        if let Some(revision) = revision {
            self.platform.changes.tell(revision);
        }
        if mails {
            self.platform.outbox.notify_one();
        }
        Ok(revision)
    }

    fn feed(&mut self, kind: ChangeKind, id: Uuid, deleted: bool) {
        match self.changed.get(&(kind, id)) {
            Some(at) => self.changes[*at].deleted = deleted,
            None => {
                self.changed.insert((kind, id), self.changes.len());
                self.changes.push(Change { kind, id, deleted });
            }
        }
    }
}

async fn feed(
    tx: &mut Tx,
    workspace: WorkspaceId,
    changes: &[Change],
    at: Timestamp,
) -> Result<Option<i64>> {
    if changes.is_empty() {
        return Ok(None);
    }
    let revision = store::changes::take_revision(tx).await?;
    for change in changes {
        store::changes::record_change(tx, workspace, revision, *change, at).await?;
    }
    store::changes::notify(tx, revision).await?;
    Ok(Some(revision))
}

//! Changes and ends applications, their subscriptions and their credentials.

use declaration::{Body, Item};
use domain::change::ChangeKind;
use domain::credential::CredentialState;
use domain::id::{ApplicationId, CredentialId, SubscriptionId};
use domain::subscription::SubscriptionState;
use uuid::Uuid;

use super::callers::{facts, name, secret_hash};
use super::writer::Writer;
use crate::applications;
use crate::error::{Error, Result};
use crate::plans::Open;

impl Writer<'_> {
    pub(super) async fn update_caller(&self, id: Uuid, item: &Item) -> Result<()> {
        let mut work = self.platform.begin(self.actor).await?;
        let (workspace, at) = (work.workspace(), work.at());
        let conn = work.conn();
        let changed = match &item.body {
            Body::Application(one) => {
                let id = ApplicationId::new(id);
                let row = store::applications::find(conn, workspace, id).await?;
                let mut row = row.ok_or_else(|| Error::not_found("application", id))?;
                row.name = name(&one.name)?;
                row.description.clone_from(&one.description);
                (row.state, row.updated_at) = (one.state, at);
                store::applications::update(conn, &row).await?;
                work.changed(ChangeKind::Application, id);
                "application"
            }
            Body::Subscription(one) => {
                let id = SubscriptionId::new(id);
                let (product, plan) = self.offer(one)?;
                let row = store::subscriptions::find(conn, workspace, id).await?;
                let mut row = row.ok_or_else(|| Error::not_found("subscription", id))?;
                (row.product_id, row.plan_id) = (product, plan);
                (row.state, row.updated_at) = (one.state, at);
                row.waiting = one.state == SubscriptionState::Pending;
                row.started_at = row.started_at.or((!row.waiting).then_some(at));
                store::subscriptions::update(conn, &row).await?;
                work.changed(ChangeKind::Subscription, id);
                "subscription"
            }
            Body::Credential(one) => {
                let id = CredentialId::new(id);
                let row = store::credentials::find(conn, workspace, id).await?;
                let row = row.ok_or_else(|| Error::not_found("credential", id))?;
                if row.hash != self.hash(one)? || row.kind != one.kind {
                    // another secret is another credential: the old one is refused from now on
                    self.revoke(&mut work, row).await?;
                    work.commit().await?;
                    let application = self.application(item)?;
                    return self.create_credential(application, one).await.map(drop);
                }
                let mut row = row;
                row.facts = facts(one).into();
                row.sealed = self.sealed(id, one)?;
                row.secret_hash = secret_hash(one)?;
                row.prefix.clone_from(&one.prefix);
                row.last_four.clone_from(&one.last_four);
                store::credentials::restate(conn, &row).await?;
                row.label.clone_from(&one.label);
                (row.state, row.expires_at, row.updated_at) = (one.state, one.expires_at, at);
                store::credentials::update(conn, &row).await?;
                work.changed(ChangeKind::Credential, id);
                "credential"
            }
            _ => "",
        };
        let action = format!("{changed}.declared");
        work.audit(
            &action,
            changed,
            id,
            &item.key.path,
            None,
            Some(item.body.shown()),
        );
        work.commit().await.map(drop)
    }

    async fn revoke(
        &self,
        work: &mut crate::work::Work,
        row: store::credentials::Credential,
    ) -> Result<()> {
        let at = work.at();
        let row = store::credentials::Credential {
            state: CredentialState::Revoked,
            revoked_at: Some(at),
            updated_at: at,
            ..row
        };
        store::credentials::update(work.conn(), &row).await?;
        work.changed(ChangeKind::Credential, row.id);
        work.audit(
            "credential.revoked",
            "credential",
            row.id,
            &row.label,
            None,
            None,
        );
        Ok(())
    }

    pub(super) async fn delete_caller(&self, id: Uuid, item: &Item) -> Result<()> {
        let mut work = self.platform.begin(self.actor).await?;
        let (workspace, at) = (work.workspace(), work.at());
        let conn = work.conn();
        match &item.body {
            Body::Application(_) => {
                let row =
                    store::applications::find(conn, workspace, ApplicationId::new(id)).await?;
                work.commit().await?;
                if let Some(row) = row {
                    applications::delete(
                        self.platform,
                        self.actor,
                        row.id,
                        row.version,
                        Open::Cancel,
                    )
                    .await?;
                }
                return Ok(());
            }
            Body::Subscription(_) => {
                if let Some(mut row) =
                    store::subscriptions::find(conn, workspace, SubscriptionId::new(id)).await?
                {
                    row.state = SubscriptionState::Cancelled;
                    (row.waiting, row.ended_at, row.updated_at) = (false, Some(at), at);
                    store::subscriptions::update(conn, &row).await?;
                    work.changed(ChangeKind::Subscription, row.id);
                    work.audit(
                        "subscription.cancelled",
                        "subscription",
                        id,
                        &item.key.path,
                        None,
                        None,
                    );
                }
            }
            Body::Credential(_) => {
                if let Some(row) =
                    store::credentials::find(conn, workspace, CredentialId::new(id)).await?
                {
                    self.revoke(&mut work, row).await?;
                }
            }
            _ => {}
        }
        work.commit().await.map(drop)
    }
}

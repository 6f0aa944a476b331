//! Makes applications, their subscriptions and their credentials. They are written as they are declared, without the limits
//! and questions that a developer meets in the portal.

use data_encoding::HEXLOWER;
use declaration::{Application, Body, Credential, Item, ItemKind, Subscription};
use domain::account::AccountState;
use domain::change::ChangeKind;
use domain::credential::{CredentialKind, CredentialState, sealing_purpose};
use domain::id::{AccountId, ApplicationId, CredentialId, PlanId, ProductId};
use domain::subscription::SubscriptionState;
use domain::text::{Email, Name};
use serde_json::json;
use store::accounts::Account;
use uuid::Uuid;

use super::super::seal;
use super::writer::Writer;
use crate::error::{Error, Result};
use crate::oauth::client::ClientFacts;

impl Writer<'_> {
    pub(super) async fn create_caller(&self, item: &Item) -> Result<Uuid> {
        match &item.body {
            Body::Application(one) => self.create_application(one).await,
            Body::Subscription(one) => self.create_subscription(self.application(item)?, one).await,
            Body::Credential(one) => self.create_credential(self.application(item)?, one).await,
            _ => Ok(Uuid::nil()),
        }
    }

    pub(super) fn application(&self, item: &Item) -> Result<ApplicationId> {
        let path = item
            .parent
            .as_ref()
            .map(|key| key.path.as_str())
            .unwrap_or_default();
        self.id(ItemKind::Application, path).map(ApplicationId::new)
    }

    /// The account of an address; a new one without a password where there is none. Its owner takes it over by a link that
    /// resets the password.
    async fn owner(&self, email: &str) -> Result<AccountId> {
        let email: Email = email
            .parse()
            .map_err(|error| Error::invalid("owner", error))?;
        let mut work = self.platform.begin(self.actor).await?;
        let workspace = work.workspace();
        let key = email.key();
        let found = store::accounts::find_by_email(work.conn(), workspace, &key).await?;
        let id = match found {
            Some(account) => account.id,
            None => {
                let address = String::from(email);
                let name = address.split('@').next().unwrap_or(&address).to_owned();
                let account = Account {
                    id: self.platform.new_id(),
                    workspace_id: workspace,
                    email_key: key,
                    email: address,
                    name,
                    password_hash: None,
                    state: AccountState::Unverified,
                    verified_at: None,
                    last_sign_in_at: None,
                    created_at: work.at(),
                    updated_at: work.at(),
                    version: 1,
                };
                store::accounts::insert(work.conn(), account.clone()).await?;
                let told = json!({ "email": account.email });
                work.audit(
                    "user.declared",
                    "account",
                    account.id,
                    &account.name,
                    None,
                    Some(told),
                );
                account.id
            }
        };
        work.commit().await?;
        Ok(id)
    }

    async fn create_application(&self, one: &Application) -> Result<Uuid> {
        let owner = self.owner(one.owner.as_deref().unwrap_or_default()).await?;
        let mut work = self.platform.begin(self.actor).await?;
        let row = store::applications::Application {
            id: self.platform.new_id(),
            workspace_id: work.workspace(),
            owner_id: owner,
            name: name(&one.name)?,
            description: one.description.clone(),
            state: one.state,
            created_at: work.at(),
            updated_at: work.at(),
            version: 1,
        };
        store::applications::insert(work.conn(), &row).await?;
        work.changed(ChangeKind::Application, row.id);
        let told = json!({ "name": one.name, "owner": one.owner });
        work.audit(
            "application.created",
            "application",
            row.id,
            &one.name,
            None,
            Some(told),
        );
        work.commit().await?;
        Ok(row.id.uuid())
    }

    async fn create_subscription(
        &self,
        application: ApplicationId,
        one: &Subscription,
    ) -> Result<Uuid> {
        let (product, plan) = self.offer(one)?;
        let mut work = self.platform.begin(self.actor).await?;
        let at = work.at();
        let pending = one.state == SubscriptionState::Pending;
        let row = store::subscriptions::Subscription {
            id: self.platform.new_id(),
            workspace_id: work.workspace(),
            application_id: application,
            product_id: product,
            plan_id: plan,
            state: one.state,
            answers: Vec::new().into(),
            next_plan_id: PlanId::NIL,
            next_answers: Vec::new().into(),
            waiting: pending,
            reason: String::new(),
            requested_by: AccountId::NIL,
            decided_by: AccountId::NIL,
            requested_at: at,
            decided_at: None,
            started_at: (!pending).then_some(at),
            ended_at: None,
            updated_at: at,
            version: 1,
        };
        store::subscriptions::insert(work.conn(), &row).await?;
        work.changed(ChangeKind::Subscription, row.id);
        let told = json!({ "product": one.product, "plan": one.plan, "state": one.state });
        let name = format!("{}/{}", one.product, one.plan);
        work.audit(
            "subscription.declared",
            "subscription",
            row.id,
            &name,
            None,
            Some(told),
        );
        work.commit().await?;
        Ok(row.id.uuid())
    }

    pub(super) fn offer(&self, one: &Subscription) -> Result<(ProductId, PlanId)> {
        if !matches!(
            one.state,
            SubscriptionState::Active | SubscriptionState::Pending | SubscriptionState::Suspended
        ) {
            let message = format!(
                "is {}; active, pending and suspended can be declared",
                one.state
            );
            return Err(Error::invalid(
                format!("subscriptions/{}/state", one.product),
                message,
            ));
        }
        let product = self.id(ItemKind::Product, &one.product)?;
        let plan = self.id(ItemKind::Plan, &format!("{}/{}", one.product, one.plan))?;
        Ok((product.into(), plan.into()))
    }

    pub(super) async fn create_credential(
        &self,
        application: ApplicationId,
        one: &Credential,
    ) -> Result<Uuid> {
        let id: CredentialId = self.platform.new_id();
        let mut work = self.platform.begin(self.actor).await?;
        let hash = self.hash(one)?;
        if let Some(known) = store::credentials::by_hash(work.conn(), &hash).await? {
            let message = match known.state {
                CredentialState::Revoked => "was revoked, and is not taken again",
                _ => "is a credential already",
            };
            return Err(Error::invalid(
                format!("credentials/{}", one.label),
                message,
            ));
        }
        let row = store::credentials::Credential {
            id,
            workspace_id: work.workspace(),
            application_id: application,
            kind: one.kind,
            label: one.label.clone(),
            hash,
            facts: facts(one).into(),
            sealed: self.sealed(id, one)?,
            secret_hash: secret_hash(one)?,
            prefix: one.prefix.clone(),
            last_four: one.last_four.clone(),
            state: one.state,
            replaced_by: CredentialId::NIL,
            created_by: AccountId::NIL,
            created_at: work.at(),
            expires_at: one.expires_at,
            last_used_at: None,
            reminded_at: None,
            revoked_at: None,
            revoked_by: AccountId::NIL,
            updated_at: work.at(),
            version: 1,
        };
        store::credentials::insert(work.conn(), &row).await?;
        work.changed(ChangeKind::Credential, id);
        let told = json!({ "kind": one.kind, "label": one.label });
        work.audit(
            "credential.declared",
            "credential",
            id,
            &one.label,
            None,
            Some(told),
        );
        work.commit().await?;
        Ok(id.uuid())
    }

    pub(super) fn hash(&self, one: &Credential) -> Result<[u8; 32]> {
        let text = one.hash.as_deref().unwrap_or_default();
        let bytes = HEXLOWER.decode(text.as_bytes()).unwrap_or_default();
        bytes
            .try_into()
            .map_err(|_| Error::invalid("hash", "is not 64 digits of base 16"))
    }

    pub(super) fn sealed(&self, id: CredentialId, one: &Credential) -> Result<Vec<u8>> {
        let Some(secret) = one
            .secret
            .as_deref()
            .filter(|_| matches!(one.kind, CredentialKind::Hmac | CredentialKind::JwtIssuer))
        else {
            return Ok(Vec::new());
        };
        let plain = seal::reveal(&self.means.sealer, secret)
            .map_err(|error| Error::invalid("secret", error))?;
        let nonce = self.platform.random.bytes();
        Ok(self.means.sealer.seal(nonce, &sealing_purpose(id), &plain))
    }
}

pub(super) fn name(text: &str) -> Result<Name> {
    text.parse().map_err(|error| Error::invalid("name", error))
}

/// What anybody may see of a credential, as it is kept beside it.
pub(super) fn facts(one: &Credential) -> serde_json::Value {
    match one.kind {
        CredentialKind::ApiKey => json!({}),
        CredentialKind::OauthClient => json!(ClientFacts {
            client_id: one.client_id.clone().unwrap_or_default(),
            confidential: one.secret_hash.is_some(),
            redirect_uris: one.redirect_uris.clone(),
        }),
        CredentialKind::Basic => json!({ "username": one.username }),
        CredentialKind::Hmac => json!({ "key_id": one.key_id }),
        CredentialKind::Mtls => json!({ "subject": one.subject, "fingerprint": one.hash }),
        CredentialKind::JwtIssuer => json!({ "issuer": one.issuer, "subject": one.subject }),
    }
}

/// The hash of a client's secret as it is kept; nothing for whatever has none.
pub(super) fn secret_hash(one: &Credential) -> Result<Vec<u8>> {
    let text = one.secret_hash.as_deref().unwrap_or_default();
    HEXLOWER
        .decode(text.as_bytes())
        .map_err(|_| Error::invalid("secret_hash", "is not 64 digits of base 16"))
}

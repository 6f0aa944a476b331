//! Who calls: applications with their subscriptions and credentials.

use std::collections::{BTreeMap, HashMap};

use data_encoding::HEXLOWER;
use declaration::{Application, Credential, RowId, Subscription};
use domain::api::PolicyScope;
use domain::credential::{CredentialKind, CredentialState, sealing_purpose};
use futures_util::TryStreamExt as _;
use serde_json::Value;
use store::subscriptions;
use uuid::Uuid;

use super::super::seal;
use super::reader::Reader;
use crate::error::{Error, Result};
use crate::oauth::client::ClientFacts;

impl Reader<'_> {
    pub(super) async fn applications(
        &mut self,
        rows: Vec<store::applications::Application>,
        owners: &HashMap<domain::id::AccountId, String>,
    ) -> Result<Vec<Application>> {
        let mut held: BTreeMap<Uuid, Vec<Subscription>> = BTreeMap::new();
        let all: Vec<_> = subscriptions::all(self.conn).try_collect().await?;
        for row in all.into_iter().filter(|row| row.state.is_open()) {
            if let Some((product, plan)) = self.names.plans.get(&row.plan_id.uuid()) {
                held.entry(row.application_id.uuid())
                    .or_default()
                    .push(Subscription {
                        product: product.clone(),
                        plan: plan.clone(),
                        state: row.state,
                        id: RowId::of(row.id),
                    });
            }
        }
        let mut known: BTreeMap<Uuid, Vec<Credential>> = BTreeMap::new();
        let all: Vec<_> = store::credentials::all(self.conn).try_collect().await?;
        for row in all
            .into_iter()
            .filter(|row| row.state != CredentialState::Revoked)
        {
            let of = row.application_id.uuid();
            known.entry(of).or_default().push(self.credential(row)?);
        }
        let mut found = Vec::new();
        let workspace = self.workspace;
        for row in rows.into_iter().filter(|row| row.workspace_id == workspace) {
            found.push(Application {
                name: row.name.to_string(),
                owner: owners.get(&row.owner_id).cloned(),
                description: row.description,
                state: row.state,
                policies: self.policies_of(PolicyScope::Application, row.id.uuid()),
                subscriptions: held.remove(&row.id.uuid()).unwrap_or_default(),
                credentials: known.remove(&row.id.uuid()).unwrap_or_default(),
                id: RowId::of(row.id),
            });
        }
        Ok(found)
    }

    fn credential(&self, row: store::credentials::Credential) -> Result<Credential> {
        let fact = |name: &str| {
            row.facts
                .0
                .get(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let secret = match row.kind {
            CredentialKind::Hmac | CredentialKind::JwtIssuer if !row.sealed.is_empty() => {
                let plain = self
                    .sealer
                    .open(&sealing_purpose(row.id), &row.sealed)
                    .map_err(Error::Seal)?;
                Some(seal::hide(self.sealer, &plain))
            }
            _ => None,
        };
        let redirect_uris = match row.kind {
            CredentialKind::OauthClient => ClientFacts::of(&row)?.redirect_uris,
            _ => Vec::new(),
        };
        Ok(Credential {
            kind: row.kind,
            client_id: fact("client_id"),
            secret_hash: (!row.secret_hash.is_empty()).then(|| HEXLOWER.encode(&row.secret_hash)),
            redirect_uris,
            username: fact("username"),
            key_id: fact("key_id"),
            issuer: fact("issuer"),
            subject: fact("subject"),
            label: row.label,
            secret,
            hash: Some(HEXLOWER.encode(&row.hash)),
            certificate: None,
            prefix: row.prefix,
            last_four: row.last_four,
            state: row.state,
            expires_at: row.expires_at,
            id: RowId::of(row.id),
        })
    }
}

//! What serves requests: authorities, certificates, upstreams and policies.

use std::collections::HashMap;

use declaration::{Authority, Certificate, Policy, RowId, Target, Upstream};
use domain::api::PolicyScope;
use gateway_policies::registry;
use gateway_snapshot::settings::UpstreamSettings;
use serde_json::{Map, Value};
use store::{cas, certificates, policies, upstreams};
use uuid::Uuid;

use super::super::canonical::names::{Named, each_name, put_names};
use super::super::seal;
use super::reader::{ALL, Reader, brief, typed};
use crate::error::{Error, Result};

impl Reader<'_> {
    pub(super) async fn authorities(&mut self) -> Result<Vec<Authority>> {
        let rows = cas::all(self.conn).await?.into_iter();
        let own: Vec<_> = rows
            .filter(|row| row.workspace_id == self.workspace)
            .collect();
        Ok(own
            .into_iter()
            .map(|row| {
                self.names
                    .authorities
                    .insert(row.id.uuid(), row.name.clone());
                Authority {
                    name: row.name,
                    bundle: row.bundle,
                    id: RowId::of(row.id),
                }
            })
            .collect())
    }

    pub(super) async fn certificates(&mut self) -> Result<Vec<Certificate>> {
        let mut found = Vec::new();
        for row in certificates::all(self.conn).await? {
            if row.workspace_id != self.workspace {
                continue;
            }
            let purpose = format!("certificate:{}", row.id);
            let key = self
                .sealer
                .open(&purpose, &row.sealed_key)
                .map_err(Error::Seal)?;
            self.names
                .certificates
                .insert(row.id.uuid(), row.name.clone());
            found.push(Certificate {
                name: row.name,
                used_for: row.used_for,
                chain: row.chain,
                key: seal::hide(self.sealer, &key),
                client_auth: row.client_auth,
                client_authority: self
                    .names
                    .authorities
                    .get(&row.client_ca_id.uuid())
                    .cloned(),
                id: RowId::of(row.id),
            });
        }
        Ok(found)
    }

    pub(super) async fn upstreams(&mut self) -> Result<Vec<Upstream>> {
        let mut targets: HashMap<_, Vec<Target>> = HashMap::new();
        for row in upstreams::targets_of_workspace(self.conn, self.workspace).await? {
            targets.entry(row.upstream_id).or_default().push(Target {
                url: row.url,
                weight: row.weight,
                enabled: row.enabled,
            });
        }
        let rows = upstreams::list(self.conn, self.workspace, ("", domain::Id::NIL), ALL).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let mut typed: UpstreamSettings = typed("upstream", row.settings.0)?;
            let name = |names: &HashMap<Uuid, String>, id: Uuid| {
                names.get(&id).cloned().unwrap_or_else(|| id.to_string())
            };
            let ca = typed
                .tls
                .ca
                .take()
                .map(|id| name(&self.names.authorities, id.uuid()));
            let shown = typed.tls.client_certificate.take();
            let shown = shown.map(|id| name(&self.names.certificates, id.uuid()));
            let mut settings = brief(&typed);
            put_names(&mut settings, [ca, shown]);
            self.names
                .upstreams
                .insert(row.id.uuid(), row.slug.to_string());
            found.push(Upstream {
                slug: row.slug.to_string(),
                name: Some(row.name.to_string()),
                targets: targets.remove(&row.id).unwrap_or_default(),
                settings,
                id: RowId::of(row.id),
            });
        }
        Ok(found)
    }

    pub(super) fn policies_of(&mut self, scope: PolicyScope, id: Uuid) -> Vec<Policy> {
        let rows = self.policies.remove(&(scope, id)).unwrap_or_default();
        rows.into_iter().map(|row| self.policy(row)).collect()
    }

    fn policy(&self, row: policies::Policy) -> Policy {
        let mut config = row.config.0;
        if let Some(schema) = registry::schema(&row.kind) {
            seal::policy(self.sealer, &schema, &mut config);
        }
        let mut conditions = row.conditions.0;
        self.name_all(&mut config);
        self.name_all(&mut conditions);
        Policy {
            kind: row.kind,
            name: row.name,
            config: object(config).unwrap_or_default(),
            conditions: object(conditions),
            on_error: Some(row.on_error).filter(|word| !word.is_empty()),
            enabled: row.enabled,
            id: RowId::of(row.id),
        }
    }

    /// Names in place of ids.
    fn name_all(&self, value: &mut Value) {
        each_name(value, &mut |named, text| {
            let Ok(id) = text.parse::<Uuid>() else { return };
            let name = match named {
                Named::Application => self.names.applications.get(&id).cloned(),
                Named::Product => self.names.products.get(&id).cloned(),
                Named::Plan => self
                    .names
                    .plans
                    .get(&id)
                    .map(|(product, plan)| format!("{product}/{plan}")),
            };
            if let Some(name) = name {
                *text = name;
            }
        });
    }
}

fn object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

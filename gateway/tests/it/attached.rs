//! Policies attached to things of the catalogue, for the tests of what policies do.

use std::time::Duration;

use domain::id::DEFAULT_WORKSPACE;
use serde_json::Value;
use uuid::Uuid;

use crate::world::{Started, World, eventually};

/// A policy that a test attaches.
pub(crate) struct Attached<'a> {
    pub(crate) id: u128,
    pub(crate) kind: &'a str,
    pub(crate) scope: &'a str,
    /// 0 for global.
    pub(crate) scope_id: u128,
    pub(crate) config: Value,
    /// `null` for always.
    pub(crate) conditions: Value,
    pub(crate) on_error: &'a str,
}

impl<'a> Attached<'a> {
    /// On a route, always.
    pub(crate) fn to_route(id: u128, route: u128, kind: &'a str, config: Value) -> Self {
        Self {
            id,
            kind,
            scope: "route",
            scope_id: route,
            config,
            conditions: Value::Null,
            on_error: "",
        }
    }
}

impl World {
    /// Attaches a policy and waits until the gateway has it.
    pub(crate) async fn attach(&self, gateway: &Started, policy: &Attached<'_>) {
        let quoted = |text: String| text.replace('\'', "''");
        let statement = format!(
            "INSERT INTO policy (id, workspace_id, kind, scope, scope_id, config, position, enabled, name, conditions, on_error, created_at, updated_at, version) \
             VALUES (?, x'{}', '{}', '{}', x'{}', '{}', 0, 1, '', '{}', '{}', 0, 0, 1)",
            DEFAULT_WORKSPACE.uuid().simple(),
            policy.kind,
            policy.scope,
            Uuid::from_u128(policy.scope_id).simple(),
            quoted(policy.config.to_string()),
            quoted(policy.conditions.to_string()),
            policy.on_error,
        );
        self.change("policy", policy.id, &statement).await;
        self.settled(gateway).await;
    }

    /// Takes it away again.
    pub(crate) async fn detach(&self, gateway: &Started, id: u128) {
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        sqlx::query("DELETE FROM policy WHERE id = ?")
            .bind(Uuid::from_u128(id))
            .execute(&mut *tx)
            .await
            .unwrap();
        let (revision,): (i64,) =
            sqlx::query_as("UPDATE config_revision SET revision = revision + 1 RETURNING revision")
                .fetch_one(&mut *tx)
                .await
                .unwrap();
        sqlx::query("INSERT INTO config_change (revision, kind, entity_id, workspace_id, deleted, changed_at) VALUES (?, 'policy', ?, ?, TRUE, 0)")
            .bind(revision)
            .bind(Uuid::from_u128(id))
            .bind(DEFAULT_WORKSPACE.uuid())
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.settled(gateway).await;
    }

    /// Waits until the gateway serves the newest revision.
    pub(crate) async fn settled(&self, gateway: &Started) {
        let newest = self.number("SELECT revision FROM config_revision").await;
        let waited = tokio::time::timeout(
            Duration::from_secs(20),
            eventually("the newest revision is served", async || {
                gateway.running.revision() >= newest
            }),
        );
        waited.await.expect("within its time");
    }
}

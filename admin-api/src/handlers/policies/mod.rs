//! Policies: behaviour attached to a scope.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod kinds;
pub(crate) mod list;
pub(crate) mod show;
pub(crate) mod update;

use domain::api::PolicyScope;
use operations::policies::Place;
use serde::{Deserialize, Serialize};
use store::policies::Policy as Row;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::words::word;

/// A policy.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Policy {
    /// Its id.
    id: Uuid,
    /// Which policy: key_auth.
    kind: String,
    /// What it is attached to: global, api, version, route, product, plan or application.
    scope: String,
    /// Which one; absent for global.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope_id: Option<Uuid>,
    /// Its configuration; the kind has a schema.
    config: serde_json::Value,
    /// Its place among those of its scope.
    position: i64,
    /// Whether it is in force.
    enabled: bool,
    /// What people call it; may be empty.
    name: String,
    /// When it applies; null for always.
    conditions: serde_json::Value,
    /// What happens when it cannot do its work: open or closed; absent where its configuration says.
    #[serde(skip_serializing_if = "String::is_empty")]
    on_error: String,
    /// When it was made (RFC 3339).
    created_at: String,
    /// When it was last changed (RFC 3339).
    updated_at: String,
    /// Counts its changes; the ETag.
    version: i64,
}

impl From<Row> for Policy {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.uuid(),
            kind: row.kind.to_string(),
            scope: row.scope.to_string(),
            scope_id: (!row.scope_id.is_nil()).then_some(row.scope_id),
            config: row.config.0,
            position: row.position,
            enabled: row.enabled,
            name: row.name,
            conditions: row.conditions.0,
            on_error: row.on_error,
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            version: row.version,
        }
    }
}

/// A policy to attach.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPolicy {
    /// Which policy.
    pub(super) kind: String,
    /// What it is attached to.
    pub(super) scope: String,
    /// Which one; left out for global.
    #[serde(default)]
    pub(super) scope_id: Option<Uuid>,
    /// Its configuration.
    #[serde(default)]
    pub(super) config: serde_json::Value,
    /// Whether it is in force; yes when left out.
    #[serde(default)]
    pub(super) enabled: Option<bool>,
    /// What people call it.
    #[serde(default)]
    pub(super) name: String,
    /// When it applies: methods, paths, headers, query, plans, applications. Every part that is given must hold; left out for always.
    #[serde(default)]
    pub(super) conditions: serde_json::Value,
    /// What happens when it cannot do its work: open or closed; left out where its configuration says.
    #[serde(default)]
    pub(super) on_error: String,
}

/// What a policy is to do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyChange {
    /// Its configuration.
    pub(super) config: serde_json::Value,
    /// Whether it is in force.
    pub(super) enabled: bool,
    /// What people call it; left out to keep it.
    #[serde(default)]
    pub(super) name: Option<String>,
    /// When it applies; {} for always, left out to keep it.
    #[serde(default)]
    pub(super) conditions: Option<serde_json::Value>,
    /// What happens when it cannot do its work: open, closed, or empty where its configuration says; left out to keep it.
    #[serde(default)]
    pub(super) on_error: Option<String>,
}

/// Which policies.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlaceQuery {
    /// global, api, version, route, product, plan or application.
    scope: String,
    /// Which one; left out for global.
    scope_id: Option<Uuid>,
}

/// Policies of one place, in the order in which they run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Policies {
    /// In order.
    pub(super) items: Vec<Policy>,
}

/// A kind of policy.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Kind {
    /// Its name.
    pub(super) kind: &'static str,
    /// One sentence.
    pub(super) summary: &'static str,
    /// The scopes that it can be attached to.
    pub(super) scopes: Vec<&'static str>,
    /// The JSON Schema of its configuration.
    pub(super) schema: serde_json::Value,
}

/// All kinds of policies.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Kinds {
    /// In the order in which they run.
    pub(super) items: Vec<Kind>,
}

pub(super) fn place(scope: &str, id: Option<Uuid>) -> Result<Place, faces::problem::Problem> {
    let scope: PolicyScope = word("scope", scope)?;
    if scope != PolicyScope::Global && id.is_none() {
        return Err(operations::Error::invalid("scope_id", "is needed for this scope").into());
    }
    Ok(Place::new(scope, id.unwrap_or_default()))
}

impl PlaceQuery {
    pub(super) fn read(&self) -> Result<Place, faces::problem::Problem> {
        place(&self.scope, self.scope_id)
    }
}

//! The audit log.

pub(crate) mod list;

use operations::audit::AuditEvent;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A line of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditLine {
    /// Its id.
    id: Uuid,
    /// When.
    at: String,
    /// account, token, system or visitor.
    actor_kind: String,
    /// Who.
    actor_name: String,
    /// What was done: plan.created.
    action: String,
    /// To what: plan.
    entity_kind: String,
    /// To which one.
    entity_id: Uuid,
    /// What it was called.
    entity_name: String,
    /// How it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<serde_json::Value>,
    /// How it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<serde_json::Value>,
    /// The request that asked for it.
    request_id: String,
    /// Where that came from.
    ip: String,
}

impl From<AuditEvent> for AuditLine {
    fn from(row: AuditEvent) -> Self {
        Self {
            id: row.id.uuid(),
            at: row.at.to_string(),
            actor_kind: row.actor_kind.to_string(),
            actor_name: row.actor_name.to_string(),
            action: row.action.to_string(),
            entity_kind: row.entity_kind.to_string(),
            entity_id: row.entity_id,
            entity_name: row.entity_name.to_string(),
            before: row.before.map(|json| json.0),
            after: row.after.map(|json| json.0),
            request_id: row.request_id.to_string(),
            ip: row.ip.to_string(),
        }
    }
}

/// Which lines.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// The action, or the beginning of one.
    pub(super) action: Option<String>,
    /// The kind of thing.
    pub(super) entity_kind: Option<String>,
    /// One thing.
    pub(super) entity_id: Option<Uuid>,
    /// Part of a name.
    pub(super) text: Option<String>,
}

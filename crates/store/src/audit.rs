//! The audit log: who did what to which, never changed.

use domain::Timestamp;
use domain::id::{AuditEventId, WorkspaceId};
use sqlx::types::Json;
use uuid::Uuid;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::search;
use crate::value::record;

statements! {
    INSERT = "INSERT INTO audit_event (id, workspace_id, at, actor_kind, actor_id, actor_name, action, entity_kind, \
        entity_id, entity_name, before, after, request_id, ip) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    LIST = "SELECT id, workspace_id, at, actor_kind, actor_id, actor_name, action, entity_kind, entity_id, entity_name, \
        before, after, request_id, ip FROM audit_event WHERE workspace_id = $1 \
        AND (at < $2 OR (at = $2 AND id < $3)) \
        AND (CAST($4 AS TEXT) IS NULL OR glob($4, action)) \
        AND (CAST($5 AS TEXT) IS NULL OR entity_kind = $5) \
        AND ($6 OR entity_id = $7) \
        AND ($8 OR actor_id = $9) \
        AND (CAST($10 AS TEXT) IS NULL OR glob($10, actor_name) OR glob($10, entity_name)) \
        AND at >= $11 ORDER BY at DESC, id DESC LIMIT $12";
    FIND = "SELECT id, workspace_id, at, actor_kind, actor_id, actor_name, action, entity_kind, entity_id, entity_name, \
        before, after, request_id, ip FROM audit_event WHERE workspace_id = $1 AND id = $2";
    LATEST = "SELECT id, workspace_id, at, actor_kind, actor_id, actor_name, action, entity_kind, entity_id, entity_name, \
        before, after, request_id, ip FROM audit_event WHERE workspace_id = $1 AND entity_kind = $2 AND entity_id = $3 \
        AND at > $4 ORDER BY at DESC, id DESC LIMIT 1";
}

record! {
    /// One line of the audit log.
    #[derive(Debug, Clone, PartialEq)]
    pub struct AuditEvent {
        /// Its id.
        pub id: AuditEventId,
        /// Whose.
        pub workspace_id: WorkspaceId,
        /// When.
        pub at: Timestamp,
        /// `account`, `token`, `system` or `visitor`.
        pub actor_kind: String,
        /// The account or token; nil for the others.
        pub actor_id: Uuid,
        /// What the actor was called then.
        pub actor_name: String,
        /// What was done: `plan.created`.
        pub action: String,
        /// What it was done to: `plan`.
        pub entity_kind: String,
        /// Which one.
        pub entity_id: Uuid,
        /// What it was called then.
        pub entity_name: String,
        /// How it was.
        pub before: Option<Json<serde_json::Value>>,
        /// How it is.
        pub after: Option<Json<serde_json::Value>>,
        /// The request that asked for it, or empty.
        pub request_id: String,
        /// Where that came from, or empty.
        pub ip: String,
    }
}

/// Which lines to list. What is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// The action, or the beginning of one: `plan.` finds `plan.created`.
    pub action: Option<String>,
    /// The kind of thing: `plan`.
    pub entity_kind: Option<String>,
    /// One thing.
    pub entity_id: Option<Uuid>,
    /// One actor.
    pub actor_id: Option<Uuid>,
    /// Part of the actor's or the thing's name, in any case.
    pub text: Option<String>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

/// Writes a line.
pub async fn insert(conn: &mut Conn, event: AuditEvent) -> Result<()> {
    conn.query(INSERT)
        .bind(event.id)
        .bind(event.workspace_id)
        .bind(event.at)
        .bind(event.actor_kind)
        .bind(event.actor_id)
        .bind(event.actor_name)
        .bind(event.action)
        .bind(event.entity_kind)
        .bind(event.entity_id)
        .bind(event.entity_name)
        .bind(event.before)
        .bind(event.after)
        .bind(event.request_id)
        .bind(event.ip)
        .run()
        .await?;
    Ok(())
}

/// Lines of a workspace, newest first, after a place in that order.
pub async fn list(
    conn: &mut Conn,
    workspace: WorkspaceId,
    filter: &AuditFilter,
    after: Option<(Timestamp, AuditEventId)>,
    most: i64,
) -> Result<Vec<AuditEvent>> {
    let end = filter.until.unwrap_or(Timestamp::from_micros(i64::MAX));
    let (at, id) = match after {
        Some(place) if place.0 < end => place,
        _ => (end, AuditEventId::NIL),
    };
    conn.query(LIST)
        .bind(workspace)
        .bind(at)
        .bind(id)
        .bind(filter.action.as_deref().map(search::start))
        .bind(filter.entity_kind.clone())
        .bind(filter.entity_id.is_none())
        .bind(filter.entity_id.unwrap_or_default())
        .bind(filter.actor_id.is_none())
        .bind(filter.actor_id.unwrap_or_default())
        .bind(filter.text.as_deref().map(search::pattern))
        .bind(filter.from.unwrap_or(Timestamp::from_micros(i64::MIN)))
        .bind(most)
        .all()
        .await
}

/// One line.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: AuditEventId,
) -> Result<Option<AuditEvent>> {
    conn.query(FIND).bind(workspace).bind(id).optional().await
}

/// The last line about a thing after a moment.
pub async fn latest(
    conn: &mut Conn,
    workspace: WorkspaceId,
    entity_kind: &str,
    entity_id: Uuid,
    after: Timestamp,
) -> Result<Option<AuditEvent>> {
    let query = conn.query(LATEST).bind(workspace).bind(entity_kind);
    query.bind(entity_id).bind(after).optional().await
}

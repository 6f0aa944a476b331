//! The outbox: what is to be sent, written in the transaction of what it tells about, sent by a job.

use domain::Timestamp;
use domain::id::{OutboxEventId, WorkspaceId};
use sqlx::types::Json;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    INSERT = "INSERT INTO outbox_event (id, workspace_id, kind, recipient, payload, state, attempts, next_attempt_at, \
        last_error, created_at, sent_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    LIST = "SELECT id, workspace_id, kind, recipient, payload, state, attempts, next_attempt_at, last_error, created_at, \
        sent_at FROM outbox_event WHERE workspace_id = $1 AND (created_at < $2 OR (created_at = $2 AND id < $3)) \
        AND (CAST($4 AS TEXT) IS NULL OR state = $4) \
        AND (CAST($5 AS TEXT) IS NULL OR glob($5, recipient)) \
        ORDER BY created_at DESC, id DESC LIMIT $6";
    FIND = "SELECT id, workspace_id, kind, recipient, payload, state, attempts, next_attempt_at, last_error, created_at, \
        sent_at FROM outbox_event WHERE workspace_id = $1 AND id = $2";
    DUE = "SELECT id, workspace_id, kind, recipient, payload, state, attempts, next_attempt_at, last_error, created_at, \
        sent_at FROM outbox_event WHERE state = 'waiting' AND next_attempt_at <= $1 ORDER BY next_attempt_at, id LIMIT $2";
    CLAIM = "UPDATE outbox_event SET attempts = attempts + 1, next_attempt_at = $3 \
        WHERE id = $1 AND state = 'waiting' AND attempts = $2";
    SENT = "UPDATE outbox_event SET state = 'sent', sent_at = $2, last_error = '' WHERE id = $1 AND state = 'waiting'";
    KEPT = "UPDATE outbox_event SET state = 'kept', last_error = '' WHERE id = $1 AND state = 'waiting'";
    FAILED = "UPDATE outbox_event SET state = $2, next_attempt_at = $3, last_error = $4 \
        WHERE id = $1 AND state = 'waiting'";
    RETRY = "UPDATE outbox_event SET state = 'waiting', attempts = 0, next_attempt_at = $3 \
        WHERE workspace_id = $1 AND id = $2 AND state <> 'sent'";
    FORGET = "DELETE FROM outbox_event WHERE state = 'sent' AND created_at < $1";
}

/// States of a message: the words that stand in the column.
pub mod state {
    /// To be sent at `next_attempt_at`.
    pub const WAITING: &str = "waiting";
    /// Taken by the mail server.
    pub const SENT: &str = "sent";
    /// Shown to the platform team only: no mail server is configured.
    pub const KEPT: &str = "kept";
    /// Given up after the last attempt.
    pub const FAILED: &str = "failed";
}

record! {
    /// Something to send.
    #[derive(Debug, Clone, PartialEq)]
    pub struct OutboxEvent {
        /// Its id.
        pub id: OutboxEventId,
        /// Whose.
        pub workspace_id: WorkspaceId,
        /// Which message: `mail.verify_address`.
        pub kind: String,
        /// To whom: an address.
        pub recipient: String,
        /// What the template needs.
        pub payload: Json<serde_json::Value>,
        /// One of [`state`].
        pub state: String,
        /// How often sending was tried.
        pub attempts: i64,
        /// When it is tried next; while it is being sent, when that is given up.
        pub next_attempt_at: Timestamp,
        /// What the last attempt failed with, or empty.
        pub last_error: String,
        /// When it was written.
        pub created_at: Timestamp,
        /// When it was taken.
        pub sent_at: Option<Timestamp>,
    }
}

/// Writes a message.
pub async fn insert(conn: &mut Conn, event: OutboxEvent) -> Result<()> {
    conn.query(INSERT)
        .bind(event.id)
        .bind(event.workspace_id)
        .bind(event.kind)
        .bind(event.recipient)
        .bind(event.payload)
        .bind(event.state)
        .bind(event.attempts)
        .bind(event.next_attempt_at)
        .bind(event.last_error)
        .bind(event.created_at)
        .bind(event.sent_at)
        .run()
        .await?;
    Ok(())
}

/// A workspace's messages, newest first, after a place in that order; of one state, to recipients that hold a text.
pub async fn list(
    conn: &mut Conn,
    workspace: WorkspaceId,
    state: Option<&str>,
    recipient: Option<&str>,
    after: Option<(Timestamp, OutboxEventId)>,
    most: i64,
) -> Result<Vec<OutboxEvent>> {
    let (at, id) = after.unwrap_or((Timestamp::from_micros(i64::MAX), OutboxEventId::NIL));
    let pattern = recipient.map(crate::search::pattern);
    conn.query(LIST)
        .bind(workspace)
        .bind(at)
        .bind(id)
        .bind(state)
        .bind(pattern)
        .bind(most)
        .all()
        .await
}

/// One message.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: OutboxEventId,
) -> Result<Option<OutboxEvent>> {
    conn.query(FIND).bind(workspace).bind(id).optional().await
}

/// What is due, of every workspace: the sender serves them all.
pub async fn due(conn: &mut Conn, now: Timestamp, most: i64) -> Result<Vec<OutboxEvent>> {
    conn.query(DUE).bind(now).bind(most).all().await
}

/// Takes a message for sending, until `until`; false when another sender was first.
pub async fn claim(conn: &mut Conn, event: &OutboxEvent, until: Timestamp) -> Result<bool> {
    let touched = conn
        .query(CLAIM)
        .bind(event.id)
        .bind(event.attempts)
        .bind(until)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Marks a message as sent.
pub async fn mark_sent(conn: &mut Conn, id: OutboxEventId, at: Timestamp) -> Result<()> {
    conn.query(SENT).bind(id).bind(at).run().await?;
    Ok(())
}

/// Marks a message as kept: there is no mail server, and it has been shown to the platform team.
pub async fn mark_kept(conn: &mut Conn, id: OutboxEventId) -> Result<()> {
    conn.query(KEPT).bind(id).run().await?;
    Ok(())
}

/// Notes a failure; tried again at `next`, or given up when that is `None`.
pub async fn mark_failed(
    conn: &mut Conn,
    id: OutboxEventId,
    error: &str,
    next: Option<Timestamp>,
) -> Result<()> {
    conn.query(FAILED)
        .bind(id)
        .bind(if next.is_some() {
            state::WAITING
        } else {
            state::FAILED
        })
        .bind(next.unwrap_or_default())
        .bind(error)
        .run()
        .await?;
    Ok(())
}

/// Has a message sent again that was not sent; false when there is none.
pub async fn retry(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: OutboxEventId,
    at: Timestamp,
) -> Result<bool> {
    let touched = conn
        .query(RETRY)
        .bind(workspace)
        .bind(id)
        .bind(at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Drops what was sent before a moment; how many.
pub async fn forget_before(conn: &mut Conn, at: Timestamp) -> Result<u64> {
    conn.query(FORGET).bind(at).run().await
}

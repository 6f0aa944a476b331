//! Mails: sent, kept, failed.

pub(crate) mod list;
pub(crate) mod retry;

use serde::{Deserialize, Serialize};
use store::outbox::OutboxEvent;
use utoipa::ToSchema;
use uuid::Uuid;

/// A mail. What it says, links included, is on the dashboard only.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Message {
    /// Its id.
    id: Uuid,
    /// Which mail.
    kind: String,
    /// To whom.
    recipient: String,
    /// waiting, sent, kept or failed.
    state: String,
    /// How often sending was tried.
    attempts: i64,
    /// What the last try failed with.
    last_error: String,
    /// When it was written.
    created_at: String,
    /// When it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<String>,
}

impl From<OutboxEvent> for Message {
    fn from(row: OutboxEvent) -> Self {
        Self {
            id: row.id.uuid(),
            kind: row.kind.to_string(),
            recipient: row.recipient.to_string(),
            state: row.state.to_string(),
            attempts: row.attempts,
            last_error: row.last_error.to_string(),
            created_at: row.created_at.to_string(),
            sent_at: row.sent_at.map(|v| v.to_string()),
        }
    }
}

/// Which mails.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OutboxQuery {
    /// Only those in this state.
    pub(super) state: Option<String>,
    /// Only those to recipients that hold this text.
    pub(super) recipient: Option<String>,
}

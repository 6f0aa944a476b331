//! What happened to subscriptions: only ever added to.

use domain::Timestamp;
use domain::id::{AccountId, SubscriptionId, WorkspaceId};
use uuid::Uuid;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

record! {
    /// Something that happened to a subscription. Never changed.
    #[derive(Debug, Clone)]
    pub struct Event {
        /// Its id.
        pub id: Uuid,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// To which subscription.
        pub subscription_id: SubscriptionId,
        /// When.
        pub at: Timestamp,
        /// What, in one word: `requested`, `approved` and so on.
        pub kind: String,
        /// Who did it; nil for the platform.
        pub actor_id: AccountId,
        /// The name of who did it.
        pub actor_name: String,
        /// A reason or another word with it.
        pub note: String,
    }
}

statements! {
    INSERT_EVENT = "INSERT INTO subscription_event (id, workspace_id, subscription_id, at, kind, actor_id, actor_name, \
                    note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    EVENTS = "SELECT id, workspace_id, subscription_id, at, kind, actor_id, actor_name, note FROM subscription_event \
              WHERE subscription_id = $1 AND workspace_id = $2 ORDER BY at, id";
}

/// Adds what happened.
pub async fn insert(conn: &mut Conn, e: &Event) -> Result<()> {
    conn.query(INSERT_EVENT)
        .bind(e.id)
        .bind(e.workspace_id)
        .bind(e.subscription_id)
        .bind(e.at)
        .bind(e.kind.as_str())
        .bind(e.actor_id)
        .bind(e.actor_name.as_str())
        .bind(e.note.as_str())
        .run()
        .await
        .map(drop)
}

/// What happened to a subscription, in order.
pub async fn of_subscription(
    conn: &mut Conn,
    workspace: WorkspaceId,
    subscription: SubscriptionId,
) -> Result<Vec<Event>> {
    let query = conn.query(EVENTS).bind(subscription).bind(workspace);
    query.all().await
}

//! Messages to one account, shown where it is signed in.

use domain::Timestamp;
use domain::id::{AccountId, NotificationId, WorkspaceId};

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    INSERT = "INSERT INTO notification (id, workspace_id, account_id, kind, title, body, link, created_at, read_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    LIST = "SELECT id, workspace_id, account_id, kind, title, body, link, created_at, read_at FROM notification \
        WHERE workspace_id = $1 AND account_id = $2 AND (created_at < $3 OR (created_at = $3 AND id < $4)) \
        ORDER BY created_at DESC, id DESC LIMIT $5";
    UNREAD = "SELECT COUNT(*) AS n FROM notification WHERE workspace_id = $1 AND account_id = $2 AND read_at IS NULL";
    READ = "UPDATE notification SET read_at = $4 \
        WHERE workspace_id = $1 AND account_id = $2 AND id = $3 AND read_at IS NULL";
    READ_ALL = "UPDATE notification SET read_at = $3 \
        WHERE workspace_id = $1 AND account_id = $2 AND read_at IS NULL AND created_at <= $3";
}

record! {
    /// A message to one account.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Notification {
        /// Its id.
        pub id: NotificationId,
        /// Whose tenant.
        pub workspace_id: WorkspaceId,
        /// To whom.
        pub account_id: AccountId,
        /// What it tells: `subscription.approved`.
        pub kind: String,
        /// One line.
        pub title: String,
        /// The rest, or empty.
        pub body: String,
        /// The page that it is about, as a path of the portal or the dashboard; or empty.
        pub link: String,
        /// When.
        pub created_at: Timestamp,
        /// When it was seen.
        pub read_at: Option<Timestamp>,
    }
}

/// Writes a message.
pub async fn insert(conn: &mut Conn, message: Notification) -> Result<()> {
    conn.query(INSERT)
        .bind(message.id)
        .bind(message.workspace_id)
        .bind(message.account_id)
        .bind(message.kind)
        .bind(message.title)
        .bind(message.body)
        .bind(message.link)
        .bind(message.created_at)
        .bind(message.read_at)
        .run()
        .await?;
    Ok(())
}

/// An account's messages, newest first, after a place in that order.
pub async fn list(
    conn: &mut Conn,
    workspace: WorkspaceId,
    account: AccountId,
    after: Option<(Timestamp, NotificationId)>,
    most: i64,
) -> Result<Vec<Notification>> {
    let (at, id) = after.unwrap_or((Timestamp::from_micros(i64::MAX), NotificationId::NIL));
    conn.query(LIST)
        .bind(workspace)
        .bind(account)
        .bind(at)
        .bind(id)
        .bind(most)
        .all()
        .await
}

/// How many were not read yet.
pub async fn unread(conn: &mut Conn, workspace: WorkspaceId, account: AccountId) -> Result<i64> {
    Ok(conn
        .query(UNREAD)
        .bind(workspace)
        .bind(account)
        .one::<(i64,)>()
        .await?
        .0)
}

/// Marks one as read; false when it is not there, not this account's, or was read before.
pub async fn mark_read(
    conn: &mut Conn,
    workspace: WorkspaceId,
    account: AccountId,
    id: NotificationId,
    at: Timestamp,
) -> Result<bool> {
    let touched = conn
        .query(READ)
        .bind(workspace)
        .bind(account)
        .bind(id)
        .bind(at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Marks all as read that came until `at`; how many.
pub async fn mark_all_read(
    conn: &mut Conn,
    workspace: WorkspaceId,
    account: AccountId,
    at: Timestamp,
) -> Result<u64> {
    conn.query(READ_ALL)
        .bind(workspace)
        .bind(account)
        .bind(at)
        .run()
        .await
}

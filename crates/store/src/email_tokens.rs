//! Links in mails, by the hash of their token. Each is used at most once.

use std::time::Duration;

use domain::Timestamp;
use domain::account::LinkPurpose;
use domain::id::{AccountId, WorkspaceId};

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    INSERT = "INSERT INTO email_token (token_hash, workspace_id, account_id, purpose, created_at, expires_at, used_at) \
        VALUES ($1, $2, $3, $4, $5, $6, NULL)";
    FIND = "SELECT account_id, purpose, created_at, expires_at, used_at FROM email_token \
        WHERE workspace_id = $1 AND token_hash = $2";
    USE = "UPDATE email_token SET used_at = $3 WHERE workspace_id = $1 AND token_hash = $2 AND used_at IS NULL";
    REPLACE = "UPDATE email_token SET used_at = $4 \
        WHERE workspace_id = $1 AND account_id = $2 AND purpose = $3 AND used_at IS NULL";
    RECENT = "SELECT COUNT(*) AS n FROM email_token WHERE workspace_id = $1 AND account_id = $2 AND created_at > $3";
    FORGET = "DELETE FROM email_token WHERE expires_at < $1";
}

record! {
    /// A link.
    #[derive(Debug, Clone)]
    pub struct EmailToken {
        /// Whose; nil for the set-up link.
        pub account_id: AccountId,
        /// What it is good for.
        pub purpose: LinkPurpose,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it stops being good.
        pub expires_at: Timestamp,
        /// When it was used, or replaced by a newer one.
        pub used_at: Option<Timestamp>,
    }
}

/// Writes a link; older ones of the account for the same purpose stop being good.
pub async fn insert(
    conn: &mut Conn,
    workspace: WorkspaceId,
    token_hash: [u8; 32],
    link: EmailToken,
) -> Result<()> {
    conn.query(REPLACE)
        .bind(workspace)
        .bind(link.account_id)
        .bind(link.purpose)
        .bind(link.created_at)
        .run()
        .await?;
    conn.query(INSERT)
        .bind(token_hash)
        .bind(workspace)
        .bind(link.account_id)
        .bind(link.purpose)
        .bind(link.created_at)
        .bind(link.expires_at)
        .run()
        .await?;
    Ok(())
}

/// The link of a token.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    token_hash: [u8; 32],
) -> Result<Option<EmailToken>> {
    conn.query(FIND)
        .bind(workspace)
        .bind(token_hash)
        .optional()
        .await
}

/// Uses a link; false when somebody was first.
pub async fn spend(
    conn: &mut Conn,
    workspace: WorkspaceId,
    token_hash: [u8; 32],
    at: Timestamp,
) -> Result<bool> {
    let touched = conn
        .query(USE)
        .bind(workspace)
        .bind(token_hash)
        .bind(at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// How many links an account was sent after a moment, for any purpose.
pub async fn sent_since(
    conn: &mut Conn,
    workspace: WorkspaceId,
    account: AccountId,
    at: Timestamp,
) -> Result<i64> {
    let (n,) = conn
        .query(RECENT)
        .bind(workspace)
        .bind(account)
        .bind(at)
        .one()
        .await?;
    Ok(n)
}

/// How long a link is known after it stopped being good: whoever presses it late is told that it is old or used.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3600);

/// Drops links of every workspace that stopped being good long before this moment; how many.
pub async fn forget_expired(conn: &mut Conn, now: Timestamp) -> Result<u64> {
    conn.query(FORGET).bind(now - REMEMBERED).run().await
}

//! Bearer tokens of the admin API, by their hash.

use domain::Timestamp;
use domain::access::Permission;
use domain::account::AccountState;
use domain::id::{AccountId, ApiTokenId, WorkspaceId};
use sqlx::types::Json;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    INSERT = "INSERT INTO api_token (id, workspace_id, account_id, name, token_hash, prefix, last_four, scopes, \
        created_at, expires_at, last_used_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    FIND = "SELECT t.id, t.workspace_id, t.account_id, t.name, t.scopes, t.expires_at, t.last_used_at, t.revoked_at, \
        a.name AS account_name, a.state AS account_state FROM api_token t \
        JOIN account a ON a.id = t.account_id AND a.workspace_id = t.workspace_id WHERE t.token_hash = $1";
    GET = "SELECT t.id, t.workspace_id, t.account_id, a.name AS account_name, t.name, t.prefix, t.last_four, t.scopes, \
        t.created_at, t.expires_at, t.last_used_at, t.revoked_at FROM api_token t \
        JOIN account a ON a.id = t.account_id WHERE t.workspace_id = $1 AND t.id = $2";
    LIST = "SELECT t.id, t.workspace_id, t.account_id, a.name AS account_name, t.name, t.prefix, t.last_four, t.scopes, \
        t.created_at, t.expires_at, t.last_used_at, t.revoked_at FROM api_token t \
        JOIN account a ON a.id = t.account_id WHERE t.workspace_id = $1 AND ($2 OR t.account_id = $3) \
        AND (t.created_at < $4 OR (t.created_at = $4 AND t.id < $5)) ORDER BY t.created_at DESC, t.id DESC LIMIT $6";
    REVOKE = "UPDATE api_token SET revoked_at = $3 WHERE workspace_id = $1 AND id = $2 AND revoked_at IS NULL";
    USED = "UPDATE api_token SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)";
}

record! {
    /// A token as a request needs it: with what must be true of its maker.
    #[derive(Debug, Clone)]
    pub struct PresentedToken {
        /// Its id.
        pub id: ApiTokenId,
        /// Whose tenant.
        pub workspace_id: WorkspaceId,
        /// Who made it.
        pub account_id: AccountId,
        /// What it is called.
        pub name: String,
        /// What it was made for.
        pub scopes: Json<Vec<Permission>>,
        /// When it stops being good.
        pub expires_at: Option<Timestamp>,
        /// When it was used last, to the minute.
        pub last_used_at: Option<Timestamp>,
        /// When it was revoked.
        pub revoked_at: Option<Timestamp>,
        /// What its maker is called.
        pub account_name: String,
        /// Where its maker stands now.
        pub account_state: AccountState,
    }
}

record! {
    /// A token as it is listed.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ApiToken {
        /// Its id.
        pub id: ApiTokenId,
        /// Whose tenant.
        pub workspace_id: WorkspaceId,
        /// Who made it.
        pub account_id: AccountId,
        /// What its maker is called.
        pub account_name: String,
        /// What it is called.
        pub name: String,
        /// How it begins.
        pub prefix: String,
        /// How it ends.
        pub last_four: String,
        /// What it was made for.
        pub scopes: Json<Vec<Permission>>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it stops being good.
        pub expires_at: Option<Timestamp>,
        /// When it was used last, to the minute.
        pub last_used_at: Option<Timestamp>,
        /// When it was revoked.
        pub revoked_at: Option<Timestamp>,
    }
}

/// Writes a token under the hash of its text.
pub async fn insert(conn: &mut Conn, token: ApiToken, token_hash: [u8; 32]) -> Result<()> {
    conn.query(INSERT)
        .bind(token.id)
        .bind(token.workspace_id)
        .bind(token.account_id)
        .bind(token.name)
        .bind(token_hash)
        .bind(token.prefix)
        .bind(token.last_four)
        .bind(token.scopes)
        .bind(token.created_at)
        .bind(token.expires_at)
        .bind(token.last_used_at)
        .bind(token.revoked_at)
        .run()
        .await?;
    Ok(())
}

/// The token with this hash. Its workspace comes with it: a token says who somebody is, and where.
pub async fn find_presented(
    conn: &mut Conn,
    token_hash: [u8; 32],
) -> Result<Option<PresentedToken>> {
    conn.query(FIND).bind(token_hash).optional().await
}

/// One token.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: ApiTokenId,
) -> Result<Option<ApiToken>> {
    conn.query(GET).bind(workspace).bind(id).optional().await
}

/// Tokens of an account, or of everybody, newest first, after a place in that order.
pub async fn list(
    conn: &mut Conn,
    workspace: WorkspaceId,
    account: Option<AccountId>,
    after: Option<(Timestamp, ApiTokenId)>,
    most: i64,
) -> Result<Vec<ApiToken>> {
    let (at, id) = after.unwrap_or((Timestamp::from_micros(i64::MAX), ApiTokenId::NIL));
    conn.query(LIST)
        .bind(workspace)
        .bind(account.is_none())
        .bind(account.unwrap_or_default())
        .bind(at)
        .bind(id)
        .bind(most)
        .all()
        .await
}

/// Revokes a token; false when it is not there or was revoked before.
pub async fn revoke(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: ApiTokenId,
    at: Timestamp,
) -> Result<bool> {
    let touched = conn
        .query(REVOKE)
        .bind(workspace)
        .bind(id)
        .bind(at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Notes that it was used.
pub async fn used(conn: &mut Conn, id: ApiTokenId, at: Timestamp) -> Result<()> {
    conn.query(USED).bind(id).bind(at).run().await?;
    Ok(())
}

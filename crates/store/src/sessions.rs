//! Sessions: who is signed in where. Only a hash of the cookie's token is kept.

use domain::Timestamp;
use domain::account::{AccountState, Face};
use domain::id::{AccountId, SessionId, WorkspaceId};

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    INSERT = "INSERT INTO session (id, workspace_id, account_id, face, token_hash, user_agent, ip, created_at, \
        last_seen_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    FIND = "SELECT s.id, s.workspace_id, s.account_id, s.created_at, s.last_seen_at, s.expires_at, \
        a.name AS account_name, a.email AS account_email, a.state AS account_state \
        FROM session s JOIN account a ON a.id = s.account_id AND a.workspace_id = s.workspace_id \
        WHERE s.token_hash = $1 AND s.face = $2";
    LIST = "SELECT id, face, user_agent, ip, created_at, last_seen_at, expires_at FROM session \
        WHERE workspace_id = $1 AND account_id = $2 AND expires_at > $3 ORDER BY last_seen_at DESC, id";
    SEEN = "UPDATE session SET last_seen_at = $2, ip = $3 WHERE id = $1 AND last_seen_at < $2";
    END = "DELETE FROM session WHERE workspace_id = $1 AND account_id = $2 AND id = $3";
    END_BY_TOKEN = "DELETE FROM session WHERE token_hash = $1";
    END_OTHERS = "DELETE FROM session WHERE workspace_id = $1 AND account_id = $2 AND id <> $3";
    FORGET = "DELETE FROM session WHERE expires_at < $1";
}

record! {
    /// A session as a request needs it: with what must be true of the account.
    #[derive(Debug, Clone)]
    pub struct OpenSession {
        /// Its id.
        pub id: SessionId,
        /// Whose tenant.
        pub workspace_id: WorkspaceId,
        /// Who is signed in.
        pub account_id: AccountId,
        /// Since when.
        pub created_at: Timestamp,
        /// When it was used last, to the minute.
        pub last_seen_at: Timestamp,
        /// When it ends whatever happens.
        pub expires_at: Timestamp,
        /// What the person is called.
        pub account_name: String,
        /// The person's address.
        pub account_email: String,
        /// Where the account stands now.
        pub account_state: AccountState,
    }
}

record! {
    /// A session as its owner sees it in a list.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ListedSession {
        /// Its id.
        pub id: SessionId,
        /// Where.
        pub face: Face,
        /// What the browser called itself.
        pub user_agent: String,
        /// From where it was used last.
        pub ip: String,
        /// Since when.
        pub created_at: Timestamp,
        /// When it was used last, to the minute.
        pub last_seen_at: Timestamp,
        /// When it ends whatever happens.
        pub expires_at: Timestamp,
    }
}

/// A session to write.
pub struct NewSession<'a> {
    /// Its id.
    pub id: SessionId,
    /// Whose tenant.
    pub workspace: WorkspaceId,
    /// Who signed in.
    pub account: AccountId,
    /// Where.
    pub face: Face,
    /// SHA-256 of the cookie's token.
    pub token_hash: [u8; 32],
    /// What the browser calls itself.
    pub user_agent: &'a str,
    /// From where.
    pub ip: &'a str,
    /// When.
    pub at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
}

/// Writes a session.
pub async fn insert(conn: &mut Conn, session: NewSession<'_>) -> Result<()> {
    conn.query(INSERT)
        .bind(session.id)
        .bind(session.workspace)
        .bind(session.account)
        .bind(session.face)
        .bind(session.token_hash)
        .bind(session.user_agent)
        .bind(session.ip)
        .bind(session.at)
        .bind(session.at)
        .bind(session.expires_at)
        .run()
        .await?;
    Ok(())
}

/// The session of a cookie on a face. Its workspace comes with it: a cookie says who somebody is, and where.
pub async fn find(
    conn: &mut Conn,
    token_hash: [u8; 32],
    face: Face,
) -> Result<Option<OpenSession>> {
    conn.query(FIND)
        .bind(token_hash)
        .bind(face)
        .optional()
        .await
}

/// An account's sessions that have not ended, last used first.
pub async fn list(
    conn: &mut Conn,
    workspace: WorkspaceId,
    account: AccountId,
    now: Timestamp,
) -> Result<Vec<ListedSession>> {
    conn.query(LIST)
        .bind(workspace)
        .bind(account)
        .bind(now)
        .all()
        .await
}

/// Notes that it was used.
pub async fn seen(conn: &mut Conn, id: SessionId, at: Timestamp, ip: &str) -> Result<()> {
    conn.query(SEEN).bind(id).bind(at).bind(ip).run().await?;
    Ok(())
}

/// Ends one of an account's sessions; false when it has no such.
pub async fn end(
    conn: &mut Conn,
    workspace: WorkspaceId,
    account: AccountId,
    id: SessionId,
) -> Result<bool> {
    let touched = conn
        .query(END)
        .bind(workspace)
        .bind(account)
        .bind(id)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Ends the session of a cookie.
pub async fn end_by_token(conn: &mut Conn, token_hash: [u8; 32]) -> Result<bool> {
    Ok(conn.query(END_BY_TOKEN).bind(token_hash).run().await? == 1)
}

/// Ends all of an account's sessions but one (nil: all); how many.
pub async fn end_others(
    conn: &mut Conn,
    workspace: WorkspaceId,
    account: AccountId,
    keep: SessionId,
) -> Result<u64> {
    conn.query(END_OTHERS)
        .bind(workspace)
        .bind(account)
        .bind(keep)
        .run()
        .await
}

/// Drops sessions of every workspace that ended before a moment; how many.
pub async fn forget_expired(conn: &mut Conn, at: Timestamp) -> Result<u64> {
    conn.query(FORGET).bind(at).run().await
}

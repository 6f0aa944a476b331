//! Authorization codes (RFC 6749, section 4.1.2): taken once, kept by their hash.

use domain::Timestamp;
use domain::id::{OauthGrantId, WorkspaceId};
use uuid::Uuid;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    INSERT = "INSERT INTO oauth_code (code_hash, workspace_id, grant_id, family_id, redirect_uri, scopes, challenge, \
        created_at, expires_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    FIND = "SELECT code_hash, workspace_id, grant_id, family_id, redirect_uri, scopes, challenge, created_at, expires_at, \
        used_at FROM oauth_code WHERE workspace_id = $1 AND code_hash = $2";
    USE = "UPDATE oauth_code SET used_at = $3 WHERE workspace_id = $1 AND code_hash = $2 AND used_at IS NULL";
    FORGET = "DELETE FROM oauth_code WHERE expires_at < $1";
}

record! {
    /// A code.
    #[derive(Debug, Clone)]
    pub struct Code {
        /// SHA-256 of the code.
        pub code_hash: [u8; 32],
        /// Whose tenant.
        pub workspace_id: WorkspaceId,
        /// What the person allowed.
        pub grant_id: OauthGrantId,
        /// The family of the refresh tokens that come from it.
        pub family_id: Uuid,
        /// Where it was sent.
        pub redirect_uri: String,
        /// What it is good for, with blanks between.
        pub scopes: String,
        /// The S256 challenge (RFC 7636).
        pub challenge: String,
        /// When it was made.
        pub created_at: Timestamp,
        /// From when on it is refused.
        pub expires_at: Timestamp,
        /// When it was taken.
        pub used_at: Option<Timestamp>,
    }
}

/// Writes a code.
pub async fn insert(conn: &mut Conn, code: Code) -> Result<()> {
    conn.query(INSERT)
        .bind(code.code_hash)
        .bind(code.workspace_id)
        .bind(code.grant_id)
        .bind(code.family_id)
        .bind(code.redirect_uri)
        .bind(code.scopes)
        .bind(code.challenge)
        .bind(code.created_at)
        .bind(code.expires_at)
        .bind(code.used_at)
        .run()
        .await
        .map(drop)
}

/// The code of this hash.
pub async fn find(conn: &mut Conn, workspace: WorkspaceId, hash: [u8; 32]) -> Result<Option<Code>> {
    let query = conn.query(FIND).bind(workspace).bind(hash);
    query.optional().await
}

/// Takes a code; false when somebody did before.
pub async fn take(
    conn: &mut Conn,
    workspace: WorkspaceId,
    hash: [u8; 32],
    at: Timestamp,
) -> Result<bool> {
    let query = conn.query(USE).bind(workspace).bind(hash).bind(at);
    Ok(query.run().await? == 1)
}

/// Drops codes of every workspace that ended before a moment; how many.
pub async fn forget_expired(conn: &mut Conn, before: Timestamp) -> Result<u64> {
    conn.query(FORGET).bind(before).run().await
}

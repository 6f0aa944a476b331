//! Refresh tokens: each is taken once and replaced by the next of its family; kept by their hash.

use domain::Timestamp;
use domain::id::{OauthGrantId, WorkspaceId};
use uuid::Uuid;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    INSERT = "INSERT INTO refresh_token (token_hash, workspace_id, grant_id, family_id, scopes, key_thumbprint, created_at, \
        expires_at, used_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    FIND = "SELECT token_hash, workspace_id, grant_id, family_id, scopes, key_thumbprint, created_at, expires_at, used_at, \
        revoked_at FROM refresh_token WHERE workspace_id = $1 AND token_hash = $2";
    USE = "UPDATE refresh_token SET used_at = $3 WHERE workspace_id = $1 AND token_hash = $2 AND used_at IS NULL \
        AND revoked_at IS NULL";
    REVOKE_FAMILY = "UPDATE refresh_token SET revoked_at = $3 WHERE workspace_id = $1 AND family_id = $2 \
        AND revoked_at IS NULL";
    REVOKE_GRANT = "UPDATE refresh_token SET revoked_at = $3 WHERE workspace_id = $1 AND grant_id = $2 \
        AND revoked_at IS NULL";
    FORGET = "DELETE FROM refresh_token WHERE expires_at < $1";
}

record! {
    /// A refresh token.
    #[derive(Debug, Clone)]
    pub struct RefreshToken {
        /// SHA-256 of the token.
        pub token_hash: [u8; 32],
        /// Whose tenant.
        pub workspace_id: WorkspaceId,
        /// What the person allowed.
        pub grant_id: OauthGrantId,
        /// All that came from one code.
        pub family_id: Uuid,
        /// What it is good for, with blanks between.
        pub scopes: String,
        /// The thumbprint of the key that its client must prove (RFC 9449); empty for none.
        pub key_thumbprint: String,
        /// When it was made.
        pub created_at: Timestamp,
        /// From when on it is refused.
        pub expires_at: Timestamp,
        /// When it was replaced by the next one.
        pub used_at: Option<Timestamp>,
        /// When it was taken back.
        pub revoked_at: Option<Timestamp>,
    }
}

/// Writes a token.
pub async fn insert(conn: &mut Conn, token: RefreshToken) -> Result<()> {
    conn.query(INSERT)
        .bind(token.token_hash)
        .bind(token.workspace_id)
        .bind(token.grant_id)
        .bind(token.family_id)
        .bind(token.scopes)
        .bind(token.key_thumbprint)
        .bind(token.created_at)
        .bind(token.expires_at)
        .bind(token.used_at)
        .bind(token.revoked_at)
        .run()
        .await
        .map(drop)
}

/// The token of this hash.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    hash: [u8; 32],
) -> Result<Option<RefreshToken>> {
    let query = conn.query(FIND).bind(workspace).bind(hash);
    query.optional().await
}

/// Takes a token; false when it was taken or revoked before.
pub async fn take(
    conn: &mut Conn,
    workspace: WorkspaceId,
    hash: [u8; 32],
    at: Timestamp,
) -> Result<bool> {
    let query = conn.query(USE).bind(workspace).bind(hash).bind(at);
    Ok(query.run().await? == 1)
}

/// Takes back all that came from one code; how many were still good.
pub async fn revoke_family(
    conn: &mut Conn,
    workspace: WorkspaceId,
    family: Uuid,
    at: Timestamp,
) -> Result<u64> {
    let query = conn.query(REVOKE_FAMILY).bind(workspace).bind(family);
    query.bind(at).run().await
}

/// Takes back all that a person allowed a client; how many were still good.
pub async fn revoke_grant(
    conn: &mut Conn,
    workspace: WorkspaceId,
    grant: OauthGrantId,
    at: Timestamp,
) -> Result<u64> {
    let query = conn.query(REVOKE_GRANT).bind(workspace).bind(grant);
    query.bind(at).run().await
}

/// Drops tokens of every workspace that ended before a moment; how many.
pub async fn forget_expired(conn: &mut Conn, before: Timestamp) -> Result<u64> {
    conn.query(FORGET).bind(before).run().await
}

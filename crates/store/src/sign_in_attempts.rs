//! Sign-ins with other issuers that are under way.

use domain::Timestamp;
use domain::account::Face;
use domain::id::WorkspaceId;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    INSERT = "INSERT INTO sign_in_attempt (state_hash, workspace_id, face, provider, sealed, return_to, created_at, \
        expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    TAKE = "DELETE FROM sign_in_attempt WHERE workspace_id = $1 AND state_hash = $2 \
        RETURNING face, provider, sealed, return_to, created_at, expires_at";
    FORGET = "DELETE FROM sign_in_attempt WHERE expires_at < $1";
}

record! {
    /// A sign-in that is under way.
    #[derive(Debug, Clone)]
    pub struct SignInAttempt {
        /// On which face it began.
        pub face: Face,
        /// With whom.
        pub provider: String,
        /// Nonce and PKCE verifier, sealed.
        pub sealed: Vec<u8>,
        /// Where the person was.
        pub return_to: String,
        /// When it began.
        pub created_at: Timestamp,
        /// When it is given up.
        pub expires_at: Timestamp,
    }
}

/// Writes an attempt under the hash of its state.
pub async fn insert(
    conn: &mut Conn,
    workspace: WorkspaceId,
    state_hash: [u8; 32],
    attempt: SignInAttempt,
) -> Result<()> {
    conn.query(INSERT)
        .bind(state_hash)
        .bind(workspace)
        .bind(attempt.face)
        .bind(attempt.provider)
        .bind(attempt.sealed)
        .bind(attempt.return_to)
        .bind(attempt.created_at)
        .bind(attempt.expires_at)
        .run()
        .await?;
    Ok(())
}

/// Takes an attempt out: the answer to it is read once.
pub async fn take(
    conn: &mut Conn,
    workspace: WorkspaceId,
    state_hash: [u8; 32],
) -> Result<Option<SignInAttempt>> {
    conn.query(TAKE)
        .bind(workspace)
        .bind(state_hash)
        .optional()
        .await
}

/// Drops attempts of every workspace that were given up before a moment; how many.
pub async fn forget_expired(conn: &mut Conn, at: Timestamp) -> Result<u64> {
    conn.query(FORGET).bind(at).run().await
}

//! Proofs of possession (RFC 9449) that were taken: each opens the token endpoint once. Kept by a hash until they are too old.

use domain::Timestamp;
use domain::id::WorkspaceId;

use crate::db::{Conn, statements};
use crate::error::Result;

statements! {
    TAKE = "INSERT INTO dpop_proof (proof_hash, workspace_id, expires_at) VALUES ($1, $2, $3) \
        ON CONFLICT (proof_hash) DO NOTHING";
    FORGET = "DELETE FROM dpop_proof WHERE expires_at < $1";
}

/// Takes a proof, which is remembered until `expires_at`; false when it was taken before.
pub async fn take(
    conn: &mut Conn,
    workspace: WorkspaceId,
    hash: [u8; 32],
    expires_at: Timestamp,
) -> Result<bool> {
    let query = conn.query(TAKE).bind(hash).bind(workspace);
    Ok(query.bind(expires_at).run().await? == 1)
}

/// Drops proofs of every workspace that ended before a moment; how many.
pub async fn forget_expired(conn: &mut Conn, before: Timestamp) -> Result<u64> {
    conn.query(FORGET).bind(before).run().await
}

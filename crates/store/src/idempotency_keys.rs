//! Keys under which requests may be repeated, with the answers that they were given.

use domain::Timestamp;
use domain::id::WorkspaceId;
use uuid::Uuid;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    CLAIM = "INSERT INTO idempotency_key (workspace_id, actor_id, key, request_hash, status, sealed_answer, started_at, \
        expires_at) VALUES ($1, $2, $3, $4, 0, $5, $6, $7) \
        ON CONFLICT (workspace_id, actor_id, key) DO UPDATE SET request_hash = excluded.request_hash, status = 0, \
        sealed_answer = excluded.sealed_answer, started_at = excluded.started_at, expires_at = excluded.expires_at \
        WHERE idempotency_key.expires_at <= $6 OR (idempotency_key.status = 0 AND idempotency_key.started_at <= $8)";
    FIND = "SELECT request_hash, status, sealed_answer FROM idempotency_key \
        WHERE workspace_id = $1 AND actor_id = $2 AND key = $3";
    FINISH = "UPDATE idempotency_key SET status = $5, sealed_answer = $6 \
        WHERE workspace_id = $1 AND actor_id = $2 AND key = $3 AND started_at = $4";
    RELEASE = "DELETE FROM idempotency_key \
        WHERE workspace_id = $1 AND actor_id = $2 AND key = $3 AND started_at = $4 AND status = 0";
    FORGET = "DELETE FROM idempotency_key WHERE expires_at <= $1";
}

/// Whose key it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// In which workspace.
    pub workspace: WorkspaceId,
    /// The token or the account that sent it; nil for the platform itself.
    pub actor: Uuid,
    /// The key as it was sent.
    pub key: String,
}

record! {
    /// A key that was sent before.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Kept {
        /// SHA-256 of the request that it came with.
        pub request_hash: Vec<u8>,
        /// The status that was answered; 0 while the request is under way.
        pub status: i64,
        /// The answer, sealed.
        pub sealed_answer: Vec<u8>,
    }
}

/// When a claim is made, when it ends, and since when one under way counts as given up.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// Now.
    pub now: Timestamp,
    /// When the answer is forgotten.
    pub until: Timestamp,
    /// A request that began before this and has no answer was broken off.
    pub given_up: Timestamp,
}

/// Takes a key for a request; false when it is taken.
pub async fn claim(
    conn: &mut Conn,
    owner: &Owner,
    request_hash: &[u8],
    times: Times,
) -> Result<bool> {
    let touched = conn
        .query(CLAIM)
        .bind(owner.workspace)
        .bind(owner.actor)
        .bind(owner.key.clone())
        .bind(request_hash.to_vec())
        .bind(Vec::<u8>::new())
        .bind(times.now)
        .bind(times.until)
        .bind(times.given_up)
        .run()
        .await?;
    Ok(touched == 1)
}

/// What is kept under a key.
pub async fn find(conn: &mut Conn, owner: &Owner) -> Result<Option<Kept>> {
    conn.query(FIND)
        .bind(owner.workspace)
        .bind(owner.actor)
        .bind(owner.key.clone())
        .optional()
        .await
}

/// Keeps the answer of the request that took the key at a moment; false when it is not that request's any more.
pub async fn finish(
    conn: &mut Conn,
    owner: &Owner,
    started_at: Timestamp,
    status: i64,
    sealed_answer: Vec<u8>,
) -> Result<bool> {
    let touched = conn
        .query(FINISH)
        .bind(owner.workspace)
        .bind(owner.actor)
        .bind(owner.key.clone())
        .bind(started_at)
        .bind(status)
        .bind(sealed_answer)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Gives back a key whose request made nothing.
pub async fn release(conn: &mut Conn, owner: &Owner, started_at: Timestamp) -> Result<()> {
    conn.query(RELEASE)
        .bind(owner.workspace)
        .bind(owner.actor)
        .bind(owner.key.clone())
        .bind(started_at)
        .run()
        .await?;
    Ok(())
}

/// Drops keys of every workspace that have had their time; how many.
pub async fn forget_expired(conn: &mut Conn, now: Timestamp) -> Result<u64> {
    conn.query(FORGET).bind(now).run().await
}

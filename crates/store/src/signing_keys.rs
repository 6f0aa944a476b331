//! Keys that sign, the private half sealed.

use domain::Timestamp;
use domain::id::{SigningKeyId, WorkspaceId};
use domain::oauth::SigningAlgorithm;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    INSERT = "INSERT INTO signing_key (id, workspace_id, purpose, algorithm, public_key, sealed_private_key, \
        created_at, retired_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    NEWEST = "SELECT id, workspace_id, purpose, algorithm, public_key, sealed_private_key, created_at, retired_at \
        FROM signing_key WHERE workspace_id = $1 AND purpose = $2 AND retired_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 1";
    FIND = "SELECT id, workspace_id, purpose, algorithm, public_key, sealed_private_key, created_at, retired_at \
        FROM signing_key WHERE id = $1";
    ALL_KEYS = "SELECT id, workspace_id, purpose, algorithm, public_key, sealed_private_key, created_at, retired_at \
        FROM signing_key WHERE retired_at IS NULL ORDER BY created_at, id";
    OF_PURPOSE = "SELECT id, workspace_id, purpose, algorithm, public_key, sealed_private_key, created_at, retired_at \
        FROM signing_key WHERE workspace_id = $1 AND purpose = $2 AND retired_at IS NULL ORDER BY created_at DESC, id DESC";
    RETIRE = "UPDATE signing_key SET retired_at = $3 WHERE workspace_id = $1 AND id = $2 AND retired_at IS NULL";
}

record! {
    /// A key that signs.
    #[derive(Clone)]
    pub struct SigningKey {
        /// Its id, the `kid` of what it signs.
        pub id: SigningKeyId,
        /// Whose.
        pub workspace_id: WorkspaceId,
        /// What it signs: `playground` or `oauth`.
        pub purpose: String,
        /// With what.
        pub algorithm: SigningAlgorithm,
        /// The public half, in the form that its algorithm says.
        pub public_key: Vec<u8>,
        /// The private half, sealed.
        pub sealed_private_key: Vec<u8>,
        /// When it was made.
        pub created_at: Timestamp,
        /// Since when it is not taken any more.
        pub retired_at: Option<Timestamp>,
    }
}

/// Writes a key.
pub async fn insert(conn: &mut Conn, key: SigningKey) -> Result<()> {
    conn.query(INSERT)
        .bind(key.id)
        .bind(key.workspace_id)
        .bind(key.purpose)
        .bind(key.algorithm)
        .bind(key.public_key)
        .bind(key.sealed_private_key)
        .bind(key.created_at)
        .bind(key.retired_at)
        .run()
        .await?;
    Ok(())
}

/// The newest key for a purpose that is not retired: the one that signs.
pub async fn newest(
    conn: &mut Conn,
    workspace: WorkspaceId,
    purpose: &str,
) -> Result<Option<SigningKey>> {
    conn.query(NEWEST)
        .bind(workspace)
        .bind(purpose)
        .optional()
        .await
}

/// The keys for a purpose that are not retired, the newest first.
pub async fn of_purpose(
    conn: &mut Conn,
    workspace: WorkspaceId,
    purpose: &str,
) -> Result<Vec<SigningKey>> {
    let query = conn.query(OF_PURPOSE).bind(workspace);
    query.bind(purpose).all().await
}

/// One key of any workspace: the gateway serves them all.
pub async fn load(conn: &mut Conn, id: SigningKeyId) -> Result<Option<SigningKey>> {
    conn.query(FIND).bind(id).optional().await
}

/// Every key of every workspace that is not retired: the gateway serves them all.
pub async fn all(conn: &mut Conn) -> Result<Vec<SigningKey>> {
    conn.query(ALL_KEYS).all().await
}

/// Retires a key; false when it is not there or was retired before.
pub async fn retire(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: SigningKeyId,
    at: Timestamp,
) -> Result<bool> {
    let touched = conn
        .query(RETIRE)
        .bind(workspace)
        .bind(id)
        .bind(at)
        .run()
        .await?;
    Ok(touched == 1)
}

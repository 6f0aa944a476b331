//! Accounts at servers that issue certificates by ACME, with their sealed keys.

use domain::Timestamp;
use domain::id::{AcmeAccountId, WorkspaceId};

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

record! {
    /// An account.
    #[derive(Clone)]
    pub struct AcmeAccount {
        /// Its id.
        pub id: AcmeAccountId,
        /// Its workspace.
        pub workspace_id: WorkspaceId,
        /// The server's directory, a URL.
        pub directory: String,
        /// What the server calls the account, a URL.
        pub url: String,
        /// Its private key (ECDSA P-256, PKCS #8 in DER), sealed for `acme_account:<id>`.
        pub sealed_key: Vec<u8>,
        /// When it was made.
        pub created_at: Timestamp,
    }
}

statements! {
    INSERT = "INSERT INTO acme_account (id, workspace_id, directory, url, sealed_key, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    FIND = "SELECT id, workspace_id, directory, url, sealed_key, created_at FROM acme_account \
        WHERE workspace_id = $1 AND directory = $2";
    DELETE = "DELETE FROM acme_account WHERE id = $1 AND workspace_id = $2";
}

/// Writes an account.
pub async fn insert(conn: &mut Conn, account: AcmeAccount) -> Result<()> {
    conn.query(INSERT)
        .bind(account.id)
        .bind(account.workspace_id)
        .bind(account.directory)
        .bind(account.url)
        .bind(account.sealed_key)
        .bind(account.created_at)
        .run()
        .await
        .map(drop)
}

/// The account at a server.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    directory: &str,
) -> Result<Option<AcmeAccount>> {
    let query = conn.query(FIND).bind(workspace).bind(directory);
    query.optional().await
}

/// Forgets an account that its server no longer knows.
pub async fn delete(conn: &mut Conn, workspace: WorkspaceId, id: AcmeAccountId) -> Result<()> {
    let query = conn.query(DELETE).bind(id).bind(workspace);
    query.run().await.map(drop)
}

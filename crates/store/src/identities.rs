//! Identities: what other issuers call the people who have an account here.

use domain::Timestamp;
use domain::id::{AccountId, WorkspaceId};
use uuid::Uuid;

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    INSERT = "INSERT INTO identity (id, workspace_id, account_id, issuer, subject, email, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    FIND = "SELECT id, workspace_id, account_id, issuer, subject, email, created_at FROM identity \
        WHERE workspace_id = $1 AND issuer = $2 AND subject = $3";
    LIST = "SELECT id, workspace_id, account_id, issuer, subject, email, created_at FROM identity \
        WHERE workspace_id = $1 AND account_id = $2 ORDER BY created_at, id";
}

record! {
    /// What an issuer calls a person.
    #[derive(Debug, Clone)]
    pub struct Identity {
        /// Its id.
        pub id: Uuid,
        /// Whose tenant.
        pub workspace_id: WorkspaceId,
        /// The person's account here.
        pub account_id: AccountId,
        /// The issuer.
        pub issuer: String,
        /// The issuer's own name for the person, which never changes.
        pub subject: String,
        /// The address that the issuer gave when they were linked.
        pub email: String,
        /// When they were linked.
        pub created_at: Timestamp,
    }
}

/// Links an account with an issuer's person. `Taken` when that person is linked already.
pub async fn insert(conn: &mut Conn, identity: Identity) -> Result<()> {
    conn.query(INSERT)
        .bind(identity.id)
        .bind(identity.workspace_id)
        .bind(identity.account_id)
        .bind(identity.issuer)
        .bind(identity.subject)
        .bind(identity.email)
        .bind(identity.created_at)
        .run()
        .await?;
    Ok(())
}

/// The link of an issuer's person.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    issuer: &str,
    subject: &str,
) -> Result<Option<Identity>> {
    conn.query(FIND)
        .bind(workspace)
        .bind(issuer)
        .bind(subject)
        .optional()
        .await
}

/// An account's links, oldest first.
pub async fn list(
    conn: &mut Conn,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<Vec<Identity>> {
    conn.query(LIST).bind(workspace).bind(account).all().await
}

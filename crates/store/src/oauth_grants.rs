//! What people allowed OAuth clients.

use domain::Timestamp;
use domain::id::{AccountId, ApplicationId, CredentialId, OauthGrantId, WorkspaceId};

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    INSERT = "INSERT INTO oauth_grant (id, workspace_id, account_id, credential_id, scopes, created_at, updated_at, \
        withdrawn_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    FIND = "SELECT id, workspace_id, account_id, credential_id, scopes, created_at, updated_at, withdrawn_at \
        FROM oauth_grant WHERE id = $1 AND workspace_id = $2";
    IN_FORCE = "SELECT id, workspace_id, account_id, credential_id, scopes, created_at, updated_at, withdrawn_at \
        FROM oauth_grant WHERE workspace_id = $1 AND account_id = $2 AND credential_id = $3 AND withdrawn_at IS NULL";
    WIDEN = "UPDATE oauth_grant SET scopes = $3, updated_at = $4 WHERE id = $1 AND workspace_id = $2 \
        AND withdrawn_at IS NULL";
    WITHDRAW = "UPDATE oauth_grant SET withdrawn_at = $3, updated_at = $3 WHERE id = $1 AND workspace_id = $2 \
        AND withdrawn_at IS NULL";
    OF_ACCOUNT = "SELECT g.id, g.credential_id, c.label AS client_label, a.id AS application_id, \
        a.name AS application_name, o.name AS owner_name, g.scopes, g.created_at, g.updated_at \
        FROM oauth_grant AS g JOIN credential AS c ON c.id = g.credential_id \
        JOIN application AS a ON a.id = c.application_id JOIN account AS o ON o.id = a.owner_id \
        WHERE g.workspace_id = $1 AND g.account_id = $2 AND g.withdrawn_at IS NULL AND c.state <> 'revoked' \
        ORDER BY g.updated_at DESC, g.id DESC";
}

record! {
    /// What a person allowed a client.
    #[derive(Debug, Clone)]
    pub struct Grant {
        /// Its id.
        pub id: OauthGrantId,
        /// Whose tenant.
        pub workspace_id: WorkspaceId,
        /// The person.
        pub account_id: AccountId,
        /// The client.
        pub credential_id: CredentialId,
        /// All that was allowed so far, with blanks between.
        pub scopes: String,
        /// When it was first allowed.
        pub created_at: Timestamp,
        /// When it was last allowed.
        pub updated_at: Timestamp,
        /// When it was withdrawn.
        pub withdrawn_at: Option<Timestamp>,
    }
}

record! {
    /// A grant in force as a line of a list.
    #[derive(Debug, Clone)]
    pub struct Line {
        /// Its id.
        pub id: OauthGrantId,
        /// The client.
        pub credential_id: CredentialId,
        /// What the client is called.
        pub client_label: String,
        /// The client's application.
        pub application_id: ApplicationId,
        /// The application's name.
        pub application_name: String,
        /// The name of the application's owner.
        pub owner_name: String,
        /// What was allowed, with blanks between.
        pub scopes: String,
        /// When it was first allowed.
        pub created_at: Timestamp,
        /// When it was last allowed.
        pub updated_at: Timestamp,
    }
}

/// Writes a grant.
pub async fn insert(conn: &mut Conn, grant: &Grant) -> Result<()> {
    conn.query(INSERT)
        .bind(grant.id)
        .bind(grant.workspace_id)
        .bind(grant.account_id)
        .bind(grant.credential_id)
        .bind(grant.scopes.as_str())
        .bind(grant.created_at)
        .bind(grant.updated_at)
        .bind(grant.withdrawn_at)
        .run()
        .await
        .map(drop)
}

/// The grant of this id.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: OauthGrantId,
) -> Result<Option<Grant>> {
    conn.query(FIND).bind(id).bind(workspace).optional().await
}

/// What this person allows this client now.
pub async fn in_force(
    conn: &mut Conn,
    workspace: WorkspaceId,
    account: AccountId,
    credential: CredentialId,
) -> Result<Option<Grant>> {
    let query = conn.query(IN_FORCE).bind(workspace).bind(account);
    query.bind(credential).optional().await
}

/// Writes down what is allowed now; false when it was withdrawn meanwhile.
pub async fn widen(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: OauthGrantId,
    scopes: &str,
    at: Timestamp,
) -> Result<bool> {
    let query = conn.query(WIDEN).bind(id).bind(workspace).bind(scopes);
    Ok(query.bind(at).run().await? == 1)
}

/// Withdraws a grant; false when it was withdrawn before, or is not there.
pub async fn withdraw(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: OauthGrantId,
    at: Timestamp,
) -> Result<bool> {
    let query = conn.query(WITHDRAW).bind(id).bind(workspace).bind(at);
    Ok(query.run().await? == 1)
}

/// What a person allows now, the latest first.
pub async fn of_account(
    conn: &mut Conn,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<Vec<Line>> {
    let query = conn.query(OF_ACCOUNT).bind(workspace);
    query.bind(account).all().await
}

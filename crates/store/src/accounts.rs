//! Accounts: the people who can sign in.

use domain::Timestamp;
use domain::account::AccountState;
use domain::id::{AccountId, WorkspaceId};

use crate::db::{Conn, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    INSERT = "INSERT INTO account (id, workspace_id, email, email_key, name, password_hash, state, verified_at, \
        last_sign_in_at, created_at, updated_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    FIND = "SELECT id, workspace_id, email, email_key, name, password_hash, state, verified_at, last_sign_in_at, \
        created_at, updated_at, version FROM account WHERE workspace_id = $1 AND id = $2";
    FIND_BY_EMAIL = "SELECT id, workspace_id, email, email_key, name, password_hash, state, verified_at, \
        last_sign_in_at, created_at, updated_at, version FROM account WHERE workspace_id = $1 AND email_key = $2";
    LIST = "SELECT id, workspace_id, email, email_key, name, password_hash, state, verified_at, last_sign_in_at, \
        created_at, updated_at, version FROM account WHERE workspace_id = $1 \
        AND (CAST($2 AS TEXT) IS NULL OR state = $2) \
        AND (CAST($3 AS TEXT) IS NULL OR glob($3, name) OR glob($3, email_key)) \
        AND ($4 OR id IN (SELECT account_id FROM role_assignment WHERE workspace_id = $1)) \
        AND (created_at < $5 OR (created_at = $5 AND id < $6)) ORDER BY created_at DESC, id DESC LIMIT $7";
    COUNT = "SELECT COUNT(*) AS n FROM account WHERE workspace_id = $1 AND state = $2";
    RENAME = "UPDATE account SET name = $3, updated_at = $4, version = version + 1 WHERE workspace_id = $1 AND id = $2";
    SET_PASSWORD = "UPDATE account SET password_hash = $3, updated_at = $4, version = version + 1 \
        WHERE workspace_id = $1 AND id = $2";
    DROP_PASSWORD = "UPDATE account SET password_hash = NULL, updated_at = $3, version = version + 1 \
        WHERE workspace_id = $1 AND id = $2";
    REHASH = "UPDATE account SET password_hash = $4 WHERE workspace_id = $1 AND id = $2 AND password_hash = $3";
    SET_STATE = "UPDATE account SET state = $4, updated_at = $5, version = version + 1 \
        WHERE workspace_id = $1 AND id = $2 AND state = $3";
    VERIFY = "UPDATE account SET state = $3, verified_at = $4, updated_at = $4, version = version + 1 \
        WHERE workspace_id = $1 AND id = $2 AND state = 'unverified'";
    SIGNED_IN = "UPDATE account SET last_sign_in_at = $3 WHERE workspace_id = $1 AND id = $2";
    FORGET_UNVERIFIED = "DELETE FROM account WHERE state = 'unverified' AND created_at < $1 \
        AND id NOT IN (SELECT owner_id FROM application) AND id NOT IN (SELECT account_id FROM role_assignment)";
}

record! {
    /// Somebody who can sign in.
    #[derive(Clone)]
    pub struct Account {
        /// Its id.
        pub id: AccountId,
        /// Whose tenant.
        pub workspace_id: WorkspaceId,
        /// The address as it was typed.
        pub email: String,
        /// The address as it is compared.
        pub email_key: String,
        /// What the person is called.
        pub name: String,
        /// The password's PHC string; none for who signs in elsewhere, or has not chosen one yet.
        pub password_hash: Option<String>,
        /// Where it stands.
        pub state: AccountState,
        /// When the address was proven.
        pub verified_at: Option<Timestamp>,
        /// When it signed in last.
        pub last_sign_in_at: Option<Timestamp>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was changed last.
        pub updated_at: Timestamp,
        /// How often it was changed.
        pub version: i64,
    }
}

/// Which accounts to list. What is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// Where they stand.
    pub state: Option<AccountState>,
    /// Part of the name or the address, in any case.
    pub text: Option<String>,
    /// Only those with a role in the platform team.
    pub team: Team,
}

/// Whether a role in the platform team matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Team {
    /// It does not.
    #[default]
    Anybody,
    /// Only those who hold one.
    Members,
}

/// Writes a new account. `Taken` when the address has one.
pub async fn insert(conn: &mut Conn, account: Account) -> Result<()> {
    conn.query(INSERT)
        .bind(account.id)
        .bind(account.workspace_id)
        .bind(account.email)
        .bind(account.email_key)
        .bind(account.name)
        .bind(account.password_hash)
        .bind(account.state)
        .bind(account.verified_at)
        .bind(account.last_sign_in_at)
        .bind(account.created_at)
        .bind(account.updated_at)
        .bind(account.version)
        .run()
        .await?;
    Ok(())
}

/// One account.
pub async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: AccountId,
) -> Result<Option<Account>> {
    conn.query(FIND).bind(workspace).bind(id).optional().await
}

/// The account with an address, as it is compared.
pub async fn find_by_email(
    conn: &mut Conn,
    workspace: WorkspaceId,
    email_key: &str,
) -> Result<Option<Account>> {
    conn.query(FIND_BY_EMAIL)
        .bind(workspace)
        .bind(email_key)
        .optional()
        .await
}

/// Accounts, newest first, after a place in that order.
pub async fn list(
    conn: &mut Conn,
    workspace: WorkspaceId,
    filter: &AccountFilter,
    after: Option<(Timestamp, AccountId)>,
    most: i64,
) -> Result<Vec<Account>> {
    let (at, id) = after.unwrap_or((Timestamp::from_micros(i64::MAX), AccountId::NIL));
    let pattern = filter.text.as_deref().map(crate::search::pattern);
    conn.query(LIST)
        .bind(workspace)
        .bind(filter.state)
        .bind(pattern)
        .bind(filter.team == Team::Anybody)
        .bind(at)
        .bind(id)
        .bind(most)
        .all()
        .await
}

/// How many accounts stand there.
pub async fn count(conn: &mut Conn, workspace: WorkspaceId, state: AccountState) -> Result<i64> {
    let (n,) = conn.query(COUNT).bind(workspace).bind(state).one().await?;
    Ok(n)
}

/// Gives an account another name; false when there is no such account.
pub async fn rename(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: AccountId,
    name: &str,
    at: Timestamp,
) -> Result<bool> {
    let touched = conn
        .query(RENAME)
        .bind(workspace)
        .bind(id)
        .bind(name)
        .bind(at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Sets the password's PHC string; false when there is no such account.
pub async fn set_password(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: AccountId,
    hash: &str,
    at: Timestamp,
) -> Result<bool> {
    let touched = conn
        .query(SET_PASSWORD)
        .bind(workspace)
        .bind(id)
        .bind(hash)
        .bind(at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Takes the password away: the account signs in elsewhere, or chooses a new one by a mailed link.
pub async fn drop_password(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: AccountId,
    at: Timestamp,
) -> Result<()> {
    conn.query(DROP_PASSWORD)
        .bind(workspace)
        .bind(id)
        .bind(at)
        .run()
        .await?;
    Ok(())
}

/// Replaces the PHC string by one of the same password; nothing when it was changed meanwhile.
pub async fn rehash(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: AccountId,
    old: &str,
    new: &str,
) -> Result<()> {
    conn.query(REHASH)
        .bind(workspace)
        .bind(id)
        .bind(old)
        .bind(new)
        .run()
        .await?;
    Ok(())
}

/// Moves an account from one state to another; false when it does not stand in the first.
pub async fn set_state(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: AccountId,
    from: AccountState,
    to: AccountState,
    at: Timestamp,
) -> Result<bool> {
    let touched = conn
        .query(SET_STATE)
        .bind(workspace)
        .bind(id)
        .bind(from)
        .bind(to)
        .bind(at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Notes that the address is proven; the account then stands at `to`. False when it was proven before.
pub async fn verify(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: AccountId,
    to: AccountState,
    at: Timestamp,
) -> Result<bool> {
    let touched = conn
        .query(VERIFY)
        .bind(workspace)
        .bind(id)
        .bind(to)
        .bind(at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Notes a sign-in.
pub async fn signed_in(
    conn: &mut Conn,
    workspace: WorkspaceId,
    id: AccountId,
    at: Timestamp,
) -> Result<()> {
    conn.query(SIGNED_IN)
        .bind(workspace)
        .bind(id)
        .bind(at)
        .run()
        .await?;
    Ok(())
}

/// Drops accounts of every workspace whose address was never proven, made before a moment; how many.
pub async fn forget_unverified(conn: &mut Conn, made_before: Timestamp) -> Result<u64> {
    conn.query(FORGET_UNVERIFIED).bind(made_before).run().await
}

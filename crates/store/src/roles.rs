//! Roles in the platform team.

use domain::Timestamp;
use domain::access::Role;
use domain::id::{AccountId, WorkspaceId};

use crate::db::{Conn, Dialect, statements};
use crate::error::Result;
use crate::value::record;

statements! {
    ASSIGN = "INSERT INTO role_assignment (workspace_id, account_id, role, created_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (account_id, role) DO NOTHING";
    REVOKE = "DELETE FROM role_assignment WHERE workspace_id = $1 AND account_id = $2 AND role = $3";
    OF = "SELECT account_id, role FROM role_assignment WHERE workspace_id = $1 AND account_id = $2 ORDER BY role";
    ALL_OF = "SELECT account_id, role FROM role_assignment WHERE workspace_id = $1 ORDER BY account_id, role";
    ACTIVE_HOLDERS = "SELECT COUNT(*) AS n FROM role_assignment r JOIN account a ON a.id = r.account_id \
        WHERE r.workspace_id = $1 AND r.role = $2 AND a.state = 'active' AND a.id <> $3";
    HOLDERS = "SELECT COUNT(*) AS n FROM role_assignment WHERE workspace_id = $1 AND role = $2";
}

record! {
    /// Who holds what.
    struct Held {
        account_id: AccountId,
        role: Role,
    }
}

/// Gives a role; false when it is held already.
pub async fn assign(
    conn: &mut Conn,
    workspace: WorkspaceId,
    account: AccountId,
    role: Role,
    at: Timestamp,
) -> Result<bool> {
    let touched = conn
        .query(ASSIGN)
        .bind(workspace)
        .bind(account)
        .bind(role)
        .bind(at)
        .run()
        .await?;
    Ok(touched == 1)
}

/// Takes a role away; false when it was not held.
pub async fn revoke(
    conn: &mut Conn,
    workspace: WorkspaceId,
    account: AccountId,
    role: Role,
) -> Result<bool> {
    let touched = conn
        .query(REVOKE)
        .bind(workspace)
        .bind(account)
        .bind(role)
        .run()
        .await?;
    Ok(touched == 1)
}

/// The roles of an account.
pub async fn of(conn: &mut Conn, workspace: WorkspaceId, account: AccountId) -> Result<Vec<Role>> {
    let held: Vec<Held> = conn.query(OF).bind(workspace).bind(account).all().await?;
    Ok(held.into_iter().map(|h| h.role).collect())
}

/// Who holds what in a workspace, ordered by account.
pub async fn all(conn: &mut Conn, workspace: WorkspaceId) -> Result<Vec<(AccountId, Role)>> {
    let held: Vec<Held> = conn.query(ALL_OF).bind(workspace).all().await?;
    Ok(held.into_iter().map(|h| (h.account_id, h.role)).collect())
}

/// How many active accounts other than `except` hold a role.
pub async fn active_holders_besides(
    conn: &mut Conn,
    workspace: WorkspaceId,
    role: Role,
    except: AccountId,
) -> Result<i64> {
    let (n,) = conn
        .query(ACTIVE_HOLDERS)
        .bind(workspace)
        .bind(role)
        .bind(except)
        .one()
        .await?;
    Ok(n)
}

/// Whether anybody holds a role, active or not.
pub async fn is_held(conn: &mut Conn, workspace: WorkspaceId, role: Role) -> Result<bool> {
    let (n,): (i64,) = conn.query(HOLDERS).bind(workspace).bind(role).one().await?;
    Ok(n > 0)
}

/// Lets one transaction at a time decide about roles: without it two admins could each remove the other, both seeing
/// one left. SQLite has one writer anyway.
pub async fn lock(conn: &mut Conn) -> Result<()> {
    match conn.dialect() {
        Dialect::Sqlite => Ok(()),
        Dialect::Postgres => {
            conn.script("SELECT pg_advisory_xact_lock(4710002)".to_owned())
                .await
        }
    }
}

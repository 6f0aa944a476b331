//! People and their roles, as the platform team sees them.

use std::collections::HashMap;

use domain::Timestamp;
use domain::access::{Permission, Role};
use domain::account::AccountState;
use domain::actor::Actor;
use domain::id::AccountId;
use store::accounts::{Account, AccountFilter};

use crate::Platform;
use crate::access::need;
use crate::error::{Error, Result};
use crate::paging::{Page, Paging};

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The account.
    pub id: AccountId,
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// Where the account stands.
    pub state: AccountState,
    /// Roles in the platform team; none for developers.
    pub roles: Vec<Role>,
    /// Whether the person can sign in with a password.
    pub has_password: bool,
    /// When the address was proven.
    pub verified_at: Option<Timestamp>,
    /// When the person signed in last.
    pub last_sign_in_at: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// How often the account was changed.
    pub version: i64,
}

/// People, newest first.
pub async fn list(
    platform: &Platform,
    actor: &Actor,
    filter: &AccountFilter,
    paging: &Paging,
) -> Result<Page<User>> {
    need(actor, Permission::ConsumersRead)?;
    let after = paging.cursor()?;
    let mut conn = platform.db.read().await?;
    let rows =
        store::accounts::list(&mut conn, actor.workspace, filter, after, paging.probe()).await?;
    let mut roles: HashMap<AccountId, Vec<Role>> = HashMap::new();
    for (id, role) in store::roles::all(&mut conn, actor.workspace).await? {
        roles.entry(id).or_default().push(role);
    }
    let page = paging.page(rows, |account| (account.created_at, account.id));
    Ok(page.map(|account| {
        let held = roles.remove(&account.id).unwrap_or_default();
        user(account, held)
    }))
}

/// One person.
pub async fn find(platform: &Platform, actor: &Actor, id: AccountId) -> Result<User> {
    need(actor, Permission::ConsumersRead)?;
    let mut conn = platform.db.read().await?;
    let account = store::accounts::find(&mut conn, actor.workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("account", id))?;
    let roles = store::roles::of(&mut conn, actor.workspace, id).await?;
    Ok(user(account, roles))
}

fn user(account: Account, mut roles: Vec<Role>) -> User {
    roles.sort_unstable();
    User {
        id: account.id,
        email: account.email,
        name: account.name,
        state: account.state,
        roles,
        has_password: account.password_hash.is_some(),
        verified_at: account.verified_at,
        last_sign_in_at: account.last_sign_in_at,
        created_at: account.created_at,
        version: account.version,
    }
}

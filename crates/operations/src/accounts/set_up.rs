//! The first admin: made with a link that `gatehouse up` prints, while there is none.

use domain::access::Role;
use domain::account::{AccountState, Face, LinkPurpose};
use domain::actor::Actor;
use domain::id::AccountId;
use serde_json::json;
use store::accounts::Account;

use crate::Platform;
use crate::accounts::links::{NewLink, spend, write};
use crate::accounts::sign_up::{NewAccount, check};
use crate::error::{Error, LinkError, Result};

/// A new set-up link, good for 15 minutes; earlier ones stop being good. `None` when there is an admin.
pub async fn set_up_link(platform: &Platform) -> Result<Option<String>> {
    let system = Actor::system(platform.settings.workspace);
    let mut work = platform.begin(&system).await?;
    let workspace = work.workspace();
    if store::roles::is_held(work.conn(), workspace, Role::Admin).await? {
        return Ok(None);
    }
    let link = NewLink {
        account: AccountId::NIL,
        purpose: LinkPurpose::SetUp,
        face: Face::Admin,
    };
    let link = write(platform, &mut work, link).await?;
    work.commit().await?;
    Ok(Some(link))
}

/// Makes the first admin with the set-up link.
pub async fn set_up(
    platform: &Platform,
    visitor: &Actor,
    token: &str,
    new: NewAccount,
) -> Result<AccountId> {
    let checked = check(&new)?;
    let hash = platform
        .passwords
        .hash(&platform.random, &new.password)
        .await;
    let mut work = platform.begin(visitor).await?;
    let (at, workspace) = (work.at(), work.workspace());
    store::roles::lock(work.conn()).await?;
    if store::roles::is_held(work.conn(), workspace, Role::Admin).await? {
        return Err(LinkError::Used.into());
    }
    spend(&mut work, token, &[LinkPurpose::SetUp]).await?;
    let account = Account {
        id: platform.new_id(),
        workspace_id: workspace,
        email_key: checked.email.key(),
        email: checked.email.into(),
        name: checked.name.into(),
        password_hash: Some(hash),
        state: AccountState::Active,
        verified_at: Some(at),
        last_sign_in_at: None,
        created_at: at,
        updated_at: at,
        version: 1,
    };
    let (id, name) = (account.id, account.name.clone());
    store::accounts::insert(work.conn(), account)
        .await
        .map_err(|error| match error.is_taken("account") {
            true => Error::invalid("email", "has an account already"),
            false => error.into(),
        })?;
    store::roles::assign(work.conn(), workspace, id, Role::Admin, at).await?;
    let told = json!({"roles": [Role::Admin]});
    work.audit("platform.set_up", "account", id, &name, None, Some(told));
    work.commit().await?;
    Ok(id)
}

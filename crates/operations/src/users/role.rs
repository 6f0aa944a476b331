//! Giving and taking roles. There is always an admin who can sign in.

use domain::access::{Permission, Role};
use domain::actor::Actor;
use domain::id::AccountId;
use serde_json::json;
use store::accounts::Account;

use crate::Platform;
use crate::access::need;
use crate::error::{Error, Result};
use crate::work::Work;

/// Gives somebody a role; nothing changes when it is held already.
pub async fn assign_role(
    platform: &Platform,
    actor: &Actor,
    id: AccountId,
    role: Role,
) -> Result<()> {
    need(actor, Permission::SystemWrite)?;
    let mut work = platform.begin(actor).await?;
    let account = account(&mut work, id).await?;
    let (at, workspace) = (work.at(), work.workspace());
    if store::roles::assign(work.conn(), workspace, id, role, at).await? {
        let told = json!({"role": role});
        work.audit(
            "role.assigned",
            "account",
            id,
            &account.name,
            None,
            Some(told),
        );
    }
    work.commit().await?;
    Ok(())
}

/// Takes a role away; nothing changes when it is not held. The last admin keeps it.
pub async fn revoke_role(
    platform: &Platform,
    actor: &Actor,
    id: AccountId,
    role: Role,
) -> Result<()> {
    need(actor, Permission::SystemWrite)?;
    let mut work = platform.begin(actor).await?;
    store::roles::lock(work.conn()).await?;
    let account = account(&mut work, id).await?;
    let workspace = work.workspace();
    if store::roles::revoke(work.conn(), workspace, id, role).await? {
        if role == Role::Admin {
            keep_an_admin(&mut work, id).await?;
        }
        let told = json!({"role": role});
        work.audit(
            "role.revoked",
            "account",
            id,
            &account.name,
            Some(told),
            None,
        );
    }
    work.commit().await?;
    Ok(())
}

/// Goes on only when an admin other than this one can sign in. Call [`store::roles::lock`] first.
pub(crate) async fn keep_an_admin(work: &mut Work, besides: AccountId) -> Result<()> {
    let workspace = work.workspace();
    let others =
        store::roles::active_holders_besides(work.conn(), workspace, Role::Admin, besides).await?;
    if others == 0 {
        let text = "this is the last admin; make another one first";
        return Err(Error::WrongState(text.to_owned()));
    }
    Ok(())
}

pub(crate) async fn account(work: &mut Work, id: AccountId) -> Result<Account> {
    let workspace = work.workspace();
    store::accounts::find(work.conn(), workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("account", id))
}

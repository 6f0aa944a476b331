//! Proving an address with the link that was mailed to it.

use domain::access::{Permission, Role};
use domain::account::{AccountState, LinkPurpose};
use domain::actor::Actor;
use domain::id::AccountId;
use serde_json::json;
use store::accounts::Account;

use crate::Platform;
use crate::accounts::links::spend;
use crate::error::{LinkError, Result};
use crate::settings::SignUp;
use crate::work::Work;

/// What proving an address led to.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The account.
    pub account: AccountId,
    /// The address that is proven.
    pub email: String,
    /// Where the account stands now: active, or waiting for approval.
    pub state: AccountState,
}

/// Proves an address. Signs nobody in: the link may have been opened on another device than the sign-up.
pub async fn verify(platform: &Platform, visitor: &Actor, token: &str) -> Result<Verified> {
    let mut work = platform.begin(visitor).await?;
    let found = spend(&mut work, token, &[LinkPurpose::VerifyAddress]).await?;
    let account = found.account.ok_or(LinkError::Unknown)?;
    let (at, workspace) = (work.at(), work.workspace());
    let state = next_state(platform);
    if !store::accounts::verify(work.conn(), workspace, account.id, state, at).await? {
        return Err(LinkError::Used.into());
    }
    let told = json!({"state": state});
    work.audit(
        "account.verified",
        "account",
        account.id,
        &account.name,
        None,
        Some(told),
    );
    if state == AccountState::PendingApproval {
        tell_approvers(&mut work, &account).await?;
    }
    work.commit().await?;
    Ok(Verified {
        account: account.id,
        email: account.email,
        state,
    })
}

/// Where an account stands once its address is proven.
pub(crate) fn next_state(platform: &Platform) -> AccountState {
    match platform.settings.sign_up {
        SignUp::Approved => AccountState::PendingApproval,
        SignUp::Open | SignUp::Closed => AccountState::Active,
    }
}

/// Leaves a message for everybody who may decide about an account that waits.
pub(crate) async fn tell_approvers(work: &mut Work, account: &Account) -> Result<()> {
    let workspace = work.workspace();
    let mut deciders: Vec<AccountId> = store::roles::all(work.conn(), workspace)
        .await?
        .into_iter()
        .filter(|(_, role): &(AccountId, Role)| role.allows(Permission::RequestsDecide))
        .map(|(id, _)| id)
        .collect();
    deciders.dedup();
    let title = format!("{} asks for an account", account.name);
    for decider in deciders {
        work.notify(
            decider,
            "account.waiting",
            &title,
            &account.email,
            "/approvals",
        );
    }
    Ok(())
}

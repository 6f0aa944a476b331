//! Deciding about accounts that wait, where the platform asks for that.

use domain::access::Permission;
use domain::account::{AccountState, Face};
use domain::actor::Actor;
use domain::id::AccountId;
use domain::text::paragraph;
use serde_json::json;
use store::accounts::Account;

use crate::Platform;
use crate::access::need;
use crate::error::{Error, Result};
use crate::work::Work;

/// How long a reason may be, in characters.
const REASON: usize = 2_000;

/// Lets an account in that waits.
pub async fn approve(platform: &Platform, actor: &Actor, id: AccountId) -> Result<()> {
    need(actor, Permission::RequestsDecide)?;
    let mut work = platform.begin(actor).await?;
    let account = decide(&mut work, id, AccountState::Active).await?;
    let told = json!({"state": AccountState::Active});
    work.audit(
        "account.approved",
        "account",
        id,
        &account.name,
        None,
        Some(told),
    );
    let link = platform.settings.link(Face::Portal, "/sign-in");
    let payload = json!({"name": account.name, "link": link});
    work.mail("account_approved", &account.email, payload);
    work.commit().await?;
    Ok(())
}

/// Turns an account away that waits, with a reason that is mailed to it.
pub async fn refuse(platform: &Platform, actor: &Actor, id: AccountId, reason: &str) -> Result<()> {
    need(actor, Permission::RequestsDecide)?;
    let reason = paragraph(reason, REASON).map_err(|e| Error::invalid("reason", e))?;
    if reason.is_empty() {
        return Err(Error::invalid("reason", "is empty"));
    }
    let mut work = platform.begin(actor).await?;
    let account = decide(&mut work, id, AccountState::Suspended).await?;
    let told = json!({"state": AccountState::Suspended, "reason": reason});
    work.audit(
        "account.refused",
        "account",
        id,
        &account.name,
        None,
        Some(told),
    );
    let payload = json!({"name": account.name, "reason": reason});
    work.mail("account_refused", &account.email, payload);
    work.commit().await?;
    Ok(())
}

async fn decide(work: &mut Work, id: AccountId, to: AccountState) -> Result<Account> {
    let (at, workspace) = (work.at(), work.workspace());
    let account = store::accounts::find(work.conn(), workspace, id)
        .await?
        .ok_or_else(|| Error::not_found("account", id))?;
    let from = AccountState::PendingApproval;
    if !store::accounts::set_state(work.conn(), workspace, id, from, to, at).await? {
        let text = format!("account `{}` does not wait for approval", account.email);
        return Err(Error::WrongState(text));
    }
    Ok(account)
}

//! Shutting people out, and letting them in again.

use domain::access::{Permission, Role};
use domain::account::{AccountState, Face};
use domain::actor::Actor;
use domain::change::ChangeKind;
use domain::id::{AccountId, SessionId};
use domain::text::paragraph;
use serde_json::{Value, json};

use crate::Platform;
use crate::access::need;
use crate::error::{Error, Result};
use crate::users::role::{account, keep_an_admin};
use crate::work::Work;

/// How long a reason may be, in characters.
const REASON: usize = 2_000;

/// Shuts somebody out: all sessions end, tokens are refused, and the keys of the person's applications within a second. The last admin stays.
pub async fn suspend(
    platform: &Platform,
    actor: &Actor,
    id: AccountId,
    reason: &str,
) -> Result<()> {
    need(actor, Permission::SystemWrite)?;
    let reason = paragraph(reason, REASON).map_err(|e| Error::invalid("reason", e))?;
    let mut work = platform.begin(actor).await?;
    store::roles::lock(work.conn()).await?;
    let account = account(&mut work, id).await?;
    let (at, workspace) = (work.at(), work.workspace());
    if account.state == AccountState::Suspended {
        let text = format!("account `{}` is suspended already", account.email);
        return Err(Error::WrongState(text));
    }
    let held = store::roles::of(work.conn(), workspace, id).await?;
    if held.contains(&Role::Admin) {
        keep_an_admin(&mut work, id).await?;
    }
    let to = AccountState::Suspended;
    store::accounts::set_state(work.conn(), workspace, id, account.state, to, at).await?;
    store::sessions::end_others(work.conn(), workspace, id, SessionId::NIL).await?;
    let (before, after) = (
        json!({"state": account.state}),
        json!({"state": to, "reason": reason}),
    );
    tell_gateway(&mut work, id).await?;
    let payload = letter(platform, &account.name, &reason);
    work.mail("account_suspended", &account.email, payload);
    work.audit(
        "user.suspended",
        "account",
        id,
        &account.name,
        Some(before),
        Some(after),
    );
    work.commit().await?;
    Ok(())
}

/// Lets somebody in again. One whose address was never proven still has to prove it.
pub async fn resume(platform: &Platform, actor: &Actor, id: AccountId) -> Result<()> {
    need(actor, Permission::SystemWrite)?;
    let mut work = platform.begin(actor).await?;
    let account = account(&mut work, id).await?;
    let (at, workspace) = (work.at(), work.workspace());
    let from = AccountState::Suspended;
    let to = match account.verified_at {
        Some(_) => AccountState::Active,
        None => AccountState::Unverified,
    };
    if !store::accounts::set_state(work.conn(), workspace, id, from, to, at).await? {
        let text = format!("account `{}` is not suspended", account.email);
        return Err(Error::WrongState(text));
    }
    let (before, after) = (json!({"state": from}), json!({"state": to}));
    tell_gateway(&mut work, id).await?;
    let payload = letter(platform, &account.name, "");
    work.mail("account_resumed", &account.email, payload);
    work.notify(id, "account_resumed", "Your account is open again", "", "");
    work.audit(
        "user.resumed",
        "account",
        id,
        &account.name,
        Some(before),
        Some(after),
    );
    work.commit().await?;
    Ok(())
}

/// The person's applications are refused, or let in again, on every node.
async fn tell_gateway(work: &mut Work, owner: AccountId) -> Result<()> {
    let workspace = work.workspace();
    for id in store::applications::ids_of_owner(work.conn(), workspace, owner).await? {
        work.changed(ChangeKind::Application, id);
    }
    Ok(())
}

fn letter(platform: &Platform, name: &str, reason: &str) -> Value {
    json!({
        "name": name,
        "reason": reason,
        "link": platform.settings.link(Face::Portal, "/sign-in"),
    })
}

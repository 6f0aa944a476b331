//! Passwords: choosing one by a mailed link, changing the one there is.

use domain::account::{AccountState, Face, LinkPurpose};
use domain::actor::Actor;
use domain::id::SessionId;
use domain::text::{Email, check_password};
use serde_json::json;
use store::accounts::Account;

use crate::Platform;
use crate::access::in_person;
use crate::accounts::links::{NewLink, hours, look_up, spend, write};
use crate::accounts::sign_up::had_enough;
use crate::accounts::verify::{next_state, tell_approvers};
use crate::error::{Error, LinkError, Result};
use crate::secrets::Secret;
use crate::sign_in::passwords::Verdict;
use crate::work::Work;

/// Links with which a password can be chosen.
const CHOOSE: &[LinkPurpose] = &[LinkPurpose::ResetPassword, LinkPurpose::Welcome];

/// Mails a link with which a new password can be chosen. The answer is the same whether the address has an account.
pub async fn request_reset(
    platform: &Platform,
    visitor: &Actor,
    face: Face,
    email: &str,
) -> Result<()> {
    let email: Email = email.parse().map_err(|e| Error::invalid("email", e))?;
    let mut work = platform.begin(visitor).await?;
    let workspace = work.workspace();
    let account = store::accounts::find_by_email(work.conn(), workspace, &email.key()).await?;
    if let Some(account) = account.filter(|a| a.state != AccountState::Suspended) {
        send_reset(platform, &mut work, face, &account).await?;
    }
    work.commit().await?;
    Ok(())
}

/// Sets the password with a link from a mail, which also proves the address. Ends all sessions of the account.
pub async fn choose_password(
    platform: &Platform,
    visitor: &Actor,
    token: &str,
    password: Secret,
) -> Result<()> {
    let view = look_up(platform, visitor.workspace, token, CHOOSE).await?;
    check_password(password.reveal(), &[&view.email, &view.name])
        .map_err(|e| Error::invalid("password", e))?;
    let hash = platform.passwords.hash(&platform.random, &password).await;
    let mut work = platform.begin(visitor).await?;
    let found = spend(&mut work, token, CHOOSE).await?;
    let account = found.account.ok_or(LinkError::Unknown)?;
    let (at, workspace) = (work.at(), work.workspace());
    if found.purpose == LinkPurpose::Welcome {
        // Whom the platform team invited, nobody needs to approve.
        let active = AccountState::Active;
        store::accounts::verify(work.conn(), workspace, account.id, active, at).await?;
    } else if account.state == AccountState::Unverified {
        let state = next_state(platform);
        store::accounts::verify(work.conn(), workspace, account.id, state, at).await?;
        if state == AccountState::PendingApproval {
            tell_approvers(&mut work, &account).await?;
        }
    }
    set(&mut work, &account, &hash, SessionId::NIL).await?;
    work.commit().await?;
    Ok(())
}

/// Changes the password of whoever is signed in and knows the old one. Ends the other sessions.
pub async fn change_password(
    platform: &Platform,
    actor: &Actor,
    session: SessionId,
    current: Secret,
    new: Secret,
) -> Result<()> {
    let id = in_person(actor)?;
    let account = {
        let mut conn = platform.db.read().await?;
        store::accounts::find(&mut conn, actor.workspace, id)
            .await?
            .ok_or(Error::SignInNeeded)?
    };
    let kept = account.password_hash.clone();
    if platform.passwords.verify(&current, kept).await == Verdict::Wrong {
        return Err(Error::invalid("current", "is not the password"));
    }
    check_password(new.reveal(), &[&account.email, &account.name])
        .map_err(|e| Error::invalid("password", e))?;
    let hash = platform.passwords.hash(&platform.random, &new).await;
    let mut work = platform.begin(actor).await?;
    set(&mut work, &account, &hash, session).await?;
    work.commit().await?;
    Ok(())
}

async fn set(work: &mut Work, account: &Account, hash: &str, keep: SessionId) -> Result<()> {
    let (at, workspace) = (work.at(), work.workspace());
    store::accounts::set_password(work.conn(), workspace, account.id, hash, at).await?;
    store::sessions::end_others(work.conn(), workspace, account.id, keep).await?;
    work.audit(
        "account.password_changed",
        "account",
        account.id,
        &account.name,
        None,
        None,
    );
    Ok(())
}

async fn send_reset(
    platform: &Platform,
    work: &mut Work,
    face: Face,
    account: &Account,
) -> Result<()> {
    if had_enough(work, account).await? {
        return Ok(());
    }
    let link = NewLink {
        account: account.id,
        purpose: LinkPurpose::ResetPassword,
        face,
    };
    let link = write(platform, work, link).await?;
    let hours = hours(LinkPurpose::ResetPassword);
    let payload = json!({"name": account.name, "link": link, "hours": hours});
    work.mail("reset_password", &account.email, payload);
    Ok(())
}

//! Signing in with an address and a password.

use domain::account::{AccountState, Face};
use domain::actor::Actor;
use domain::text::Email;
use store::accounts::Account;

use crate::Platform;
use crate::error::{Result, SignInError};
use crate::secrets::Secret;
use crate::sign_in::passwords::Verdict;
use crate::sign_in::{Opened, Visitor, open};

/// What a person typed, and where.
pub struct Attempt {
    /// Where.
    pub face: Face,
    /// The address, as typed.
    pub email: String,
    /// The password, as typed.
    pub password: Secret,
    /// What the browser calls itself.
    pub user_agent: String,
}

/// Opens a session for whoever knows the password. Takes as long for an address that nobody has.
pub async fn with_password(
    platform: &Platform,
    visitor: &Actor,
    attempt: Attempt,
) -> Result<Opened> {
    let account = find(platform, visitor, &attempt.email).await?;
    let kept = account.as_ref().and_then(|a| a.password_hash.clone());
    let verdict = platform
        .passwords
        .verify(&attempt.password, kept.clone())
        .await;
    let (Some(account), Some(kept)) = (account, kept) else {
        return Err(SignInError::Wrong.into());
    };
    if verdict == Verdict::Wrong {
        return Err(SignInError::Wrong.into());
    }
    if verdict == Verdict::RightButOld {
        rehash(platform, &account, &kept, &attempt.password).await?;
    }
    let at = Visitor {
        actor: visitor,
        face: attempt.face,
        user_agent: &attempt.user_agent,
    };
    open(platform, at, &account, "password").await
}

async fn find(platform: &Platform, visitor: &Actor, email: &str) -> Result<Option<Account>> {
    let Ok(email) = email.parse::<Email>() else {
        return Ok(None);
    };
    let mut conn = platform.db.read().await?;
    Ok(store::accounts::find_by_email(&mut conn, visitor.workspace, &email.key()).await?)
}

async fn rehash(
    platform: &Platform,
    account: &Account,
    old: &str,
    password: &Secret,
) -> Result<()> {
    let new = platform.passwords.hash(&platform.random, password).await;
    let mut tx = platform.db.begin().await?;
    store::accounts::rehash(&mut tx, account.workspace_id, account.id, old, &new).await?;
    Ok(tx.commit().await?)
}

/// Whether an account in this state may sign in.
pub(crate) fn admit(state: AccountState) -> Result<(), SignInError> {
    match state {
        AccountState::Active => Ok(()),
        AccountState::Unverified => Err(SignInError::Unverified),
        AccountState::PendingApproval => Err(SignInError::PendingApproval),
        AccountState::Suspended => Err(SignInError::Suspended),
    }
}

//! Links in mails: random, kept as a hash, good once and for a while.

use std::time::Duration;

use domain::Timestamp;
use domain::account::{Face, LinkPurpose};
use domain::id::{AccountId, WorkspaceId};
use store::Conn;
use store::accounts::Account;
use store::email_tokens::EmailToken;

use crate::Platform;
use crate::error::{LinkError, Result};
use crate::secrets::sha256;
use crate::settings::{RESET_LINK, SET_UP_LINK, VERIFY_LINK, WELCOME_LINK};
use crate::work::Work;

/// What a link says before it is used.
#[derive(Debug, Clone)]
pub struct LinkView {
    /// What it is good for.
    pub purpose: LinkPurpose,
    /// The address it was sent to; empty for the set-up link.
    pub email: String,
    /// The person's name; empty for the set-up link.
    pub name: String,
}

/// A link to make.
pub(crate) struct NewLink {
    /// Whose; nil for the set-up link.
    pub(crate) account: AccountId,
    /// For what.
    pub(crate) purpose: LinkPurpose,
    /// On which face.
    pub(crate) face: Face,
}

/// A link that was found good, and whose it is (nobody's: the set-up link).
pub(crate) struct Found {
    pub(crate) purpose: LinkPurpose,
    pub(crate) account: Option<Account>,
}

/// How long a link is good.
pub(crate) const fn lifetime(purpose: LinkPurpose) -> Duration {
    match purpose {
        LinkPurpose::VerifyAddress => VERIFY_LINK,
        LinkPurpose::ResetPassword => RESET_LINK,
        LinkPurpose::SetUp => SET_UP_LINK,
        LinkPurpose::Welcome => WELCOME_LINK,
    }
}

/// The same in whole hours, for the mail.
pub(crate) const fn hours(purpose: LinkPurpose) -> u64 {
    lifetime(purpose).as_secs() / 3600
}

/// Makes a link: its URL. Older ones of the account for the same purpose stop being good.
pub(crate) async fn write(platform: &Platform, work: &mut Work, link: NewLink) -> Result<String> {
    let token = platform.random.token();
    let (at, workspace) = (work.at(), work.workspace());
    let row = EmailToken {
        account_id: link.account,
        purpose: link.purpose,
        created_at: at,
        expires_at: at + lifetime(link.purpose),
        used_at: None,
    };
    store::email_tokens::insert(work.conn(), workspace, sha256(token.reveal()), row).await?;
    let page = match link.purpose {
        LinkPurpose::VerifyAddress => "verify",
        LinkPurpose::ResetPassword => "reset-password",
        LinkPurpose::SetUp => "set-up",
        LinkPurpose::Welcome => "welcome",
    };
    let path = format!("/{page}?token={}", token.reveal());
    Ok(platform.settings.link(link.face, &path))
}

/// What a link is good for, without using it: for the page with the button.
pub async fn look_up(
    platform: &Platform,
    workspace: WorkspaceId,
    token: &str,
    purposes: &[LinkPurpose],
) -> Result<LinkView> {
    let mut conn = platform.db.read().await?;
    let found = find(&mut conn, workspace, token, purposes, platform.now()).await?;
    let (email, name) = found
        .account
        .map(|account| (account.email, account.name))
        .unwrap_or_default();
    Ok(LinkView {
        purpose: found.purpose,
        email,
        name,
    })
}

/// Uses a link: it is not good afterwards.
pub(crate) async fn spend(work: &mut Work, token: &str, purposes: &[LinkPurpose]) -> Result<Found> {
    let (at, workspace) = (work.at(), work.workspace());
    let found = find(work.conn(), workspace, token, purposes, at).await?;
    if !store::email_tokens::spend(work.conn(), workspace, sha256(token), at).await? {
        return Err(LinkError::Used.into());
    }
    Ok(found)
}

async fn find(
    conn: &mut Conn,
    workspace: WorkspaceId,
    token: &str,
    purposes: &[LinkPurpose],
    now: Timestamp,
) -> Result<Found> {
    let link = store::email_tokens::find(conn, workspace, sha256(token))
        .await?
        .filter(|link| purposes.contains(&link.purpose))
        .ok_or(LinkError::Unknown)?;
    if link.used_at.is_some() {
        return Err(LinkError::Used.into());
    }
    if now >= link.expires_at {
        return Err(LinkError::Expired.into());
    }
    let account = if link.account_id.is_nil() {
        None
    } else {
        let account = store::accounts::find(conn, workspace, link.account_id).await?;
        Some(account.ok_or(LinkError::Unknown)?)
    };
    Ok(Found {
        purpose: link.purpose,
        account,
    })
}

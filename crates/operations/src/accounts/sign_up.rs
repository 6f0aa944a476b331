//! Signing up. The answer is the same whether the address has an account or not; the mail tells its owner.

use std::time::Duration;

use domain::account::{AccountState, Face, LinkPurpose};
use domain::actor::Actor;
use domain::text::{Email, Name, check_password};
use serde_json::json;
use store::accounts::Account;

use crate::Platform;
use crate::accounts::links::{NewLink, hours, write};
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::secrets::Secret;
use crate::settings::SignUp;
use crate::work::Work;

/// What a person typed to get an account.
pub struct NewAccount {
    /// The address.
    pub email: String,
    /// What the person wants to be called.
    pub name: String,
    /// The password.
    pub password: Secret,
}

/// What was typed, found good.
pub(crate) struct Checked {
    pub(crate) email: Email,
    pub(crate) name: Name,
}

/// How many mails with links an address gets in an hour, whoever asks for them.
const MAILS: i64 = 5;
const HOUR: Duration = Duration::from_secs(3600);
/// Longest page to go on to, in bytes: an OAuth client's request fits.
const LONGEST_PAGE: usize = 2_000;

/// Makes an account whose address is not proven yet, and mails the link that proves it. `next` is the page of the portal that
/// the person was on the way to: the links in the mail lead on to it.
pub async fn sign_up(
    platform: &Platform,
    visitor: &Actor,
    new: NewAccount,
    next: &str,
) -> Result<()> {
    if platform.settings.sign_up == SignUp::Closed {
        let text = "accounts are made by invitation only";
        return Err(Error::WrongState(text.to_owned()));
    }
    let checked = check(&new)?;
    // Hashed in any case: the time it takes would tell who has an account.
    let hash = platform
        .passwords
        .hash(&platform.random, &new.password)
        .await;
    let mut work = platform.begin(visitor).await?;
    let workspace = work.workspace();
    let key = checked.email.key();
    match store::accounts::find_by_email(work.conn(), workspace, &key).await? {
        None => {
            let account = unverified(platform, &work, checked, hash);
            store::accounts::insert(work.conn(), account.clone()).await?;
            let told = json!({"email": account.email, "state": account.state});
            work.audit(
                "account.signed_up",
                "account",
                account.id,
                &account.name,
                None,
                Some(told),
            );
            send_verify(platform, &mut work, &account, next).await?;
        }
        Some(account) if account.state == AccountState::Unverified => {
            // Whoever asked last chose the password; the link that was sent before is not good any more.
            let at = work.at();
            store::accounts::set_password(work.conn(), workspace, account.id, &hash, at).await?;
            let name = checked.name.as_str();
            store::accounts::rename(work.conn(), workspace, account.id, name, at).await?;
            send_verify(platform, &mut work, &account, next).await?;
        }
        Some(account) => send_exists(platform, &mut work, &account, next).await?,
    }
    work.commit().await?;
    Ok(())
}

/// Mails the link that proves an address once more. The answer is the same whether there is anything to prove; `next` as for
/// [`sign_up`].
pub async fn resend(platform: &Platform, visitor: &Actor, email: &str, next: &str) -> Result<()> {
    let email: Email = email.parse().map_err(|e| Error::invalid("email", e))?;
    let mut work = platform.begin(visitor).await?;
    let workspace = work.workspace();
    let account = store::accounts::find_by_email(work.conn(), workspace, &email.key()).await?;
    if let Some(account) = account.filter(|a| a.state == AccountState::Unverified) {
        send_verify(platform, &mut work, &account, next).await?;
    }
    work.commit().await?;
    Ok(())
}

/// Finds everything that is wrong with what was typed.
pub(crate) fn check(new: &NewAccount) -> Result<Checked> {
    let mut fields = Fields::new();
    let email = fields.parse("email", &new.email);
    let name = fields.parse("name", &new.name);
    let about = [new.email.as_str(), new.name.as_str()];
    let password = fields.check("password", check_password(new.password.reveal(), &about));
    let (Some(email), Some(name), Some(())) = (email, name, password) else {
        return Err(fields.into_error());
    };
    Ok(Checked { email, name })
}

/// Whether an address has had its mails for this hour.
pub(crate) async fn had_enough(work: &mut Work, account: &Account) -> Result<bool> {
    let (since, workspace) = (work.at() - HOUR, work.workspace());
    let sent = store::email_tokens::sent_since(work.conn(), workspace, account.id, since).await?;
    Ok(sent >= MAILS)
}

fn unverified(platform: &Platform, work: &Work, checked: Checked, hash: String) -> Account {
    Account {
        id: platform.new_id(),
        workspace_id: work.workspace(),
        email_key: checked.email.key(),
        email: checked.email.into(),
        name: checked.name.into(),
        password_hash: Some(hash),
        state: AccountState::Unverified,
        verified_at: None,
        last_sign_in_at: None,
        created_at: work.at(),
        updated_at: work.at(),
        version: 1,
    }
}

async fn send_verify(
    platform: &Platform,
    work: &mut Work,
    account: &Account,
    next: &str,
) -> Result<()> {
    if had_enough(work, account).await? {
        return Ok(());
    }
    let link = NewLink {
        account: account.id,
        purpose: LinkPurpose::VerifyAddress,
        face: Face::Portal,
    };
    let link = leading_on(write(platform, work, link).await?, next);
    let hours = hours(LinkPurpose::VerifyAddress);
    let payload = json!({"name": account.name, "link": link, "hours": hours});
    work.mail("verify_address", &account.email, payload);
    Ok(())
}

async fn send_exists(
    platform: &Platform,
    work: &mut Work,
    account: &Account,
    next: &str,
) -> Result<()> {
    if had_enough(work, account).await? {
        return Ok(());
    }
    let link = NewLink {
        account: account.id,
        purpose: LinkPurpose::ResetPassword,
        face: Face::Portal,
    };
    let reset = write(platform, work, link).await?;
    let sign_in = leading_on(platform.settings.link(Face::Portal, "/sign-in"), next);
    let payload = json!({"name": account.name, "sign_in": sign_in, "reset": reset});
    work.mail("account_exists", &account.email, payload);
    Ok(())
}

/// A link that carries the page to go on to, where that is one of the portal's own: a mail leads nowhere else.
fn leading_on(mut link: String, next: &str) -> String {
    if is_page(next) {
        let separator = if link.contains('?') { '&' } else { '?' };
        let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        link.push_str(&format!("{separator}next={next}"));
    }
    link
}

/// Whether it is a path with its query, and short enough to be carried in a mail.
fn is_page(next: &str) -> bool {
    next.starts_with('/')
        && !next.starts_with("//")
        && next.len() <= LONGEST_PAGE
        && !next.contains(|character: char| character == '\\' || character.is_control())
}

#[cfg(test)]
mod tests {
    use super::leading_on;

    #[test]
    fn a_mail_leads_to_pages_of_the_portal_alone() {
        let on = |next: &str| leading_on("https://portal.test/verify?token=t".to_owned(), next);
        assert_eq!(
            on("/apis/rates?lang=go"),
            "https://portal.test/verify?token=t&next=%2Fapis%2Frates%3Flang%3Dgo"
        );
        let sign_in = leading_on("https://portal.test/sign-in".to_owned(), "/usage");
        assert_eq!(sign_in, "https://portal.test/sign-in?next=%2Fusage");
        let long = format!("/{}", "x".repeat(2_000));
        for foreign in [
            "",
            "//evil.test",
            "/\\evil.test",
            "https://evil.test",
            "/a\nb",
            &long,
        ] {
            assert_eq!(
                on(foreign),
                "https://portal.test/verify?token=t",
                "{foreign}"
            );
        }
    }
}

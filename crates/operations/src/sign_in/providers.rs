//! Signing in with somebody else's word: OpenID Connect and OAuth 2, by authorization code with PKCE (RFC 7636).

use std::time::Duration;

use domain::account::{AccountState, Face};
use domain::actor::Actor;
use domain::text::{Email, NAME_MOST, Name};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::accounts::Account;
use store::identities::Identity;
use store::sign_in_attempts::SignInAttempt;
use thiserror::Error;
use url::Url;

use crate::Platform;
use crate::accounts::{next_state, tell_approvers};
use crate::error::{Error, Result, SignInError};
use crate::secrets::{Secret, sha256};
use crate::settings::{Provider, ProviderKind, SignUp};
use crate::sign_in::{Opened, Visitor, github, oidc, open};
use crate::work::Work;

/// How long a person may take at the provider.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// Why somebody else's word about a person was not taken.
#[derive(Debug, Error)]
pub enum ProviderError {
    /// It answered with an error of its own (RFC 6749, 4.1.2.1): "access_denied".
    #[error("the provider refused: {0}")]
    Refused(String),
    /// Its discovery document cannot be fetched, or is not that of the configured issuer.
    #[error("the provider's discovery document cannot be read")]
    Discovery(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It gave no token for the code.
    #[error("the provider gave no token")]
    Exchange(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The id token is for somebody else, too old, or not signed by the issuer.
    #[error("the provider's id token does not hold")]
    Token(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It did not say who the person is.
    #[error("the provider did not say who the person is")]
    Person(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A button on the sign-in page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The provider's name in URLs.
    pub slug: String,
    /// Its name on the button.
    pub label: String,
}

/// A sign-in that began.
pub struct Begun {
    /// Where to send the browser.
    pub url: Url,
    /// What to keep in a cookie until the browser comes back: without it nobody can end this sign-in.
    pub browser: Secret,
}

/// What the provider's redirect brought back.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Answer {
    /// Which sign-in it is about.
    #[serde(default)]
    pub state: String,
    /// What the token is got with.
    #[serde(default)]
    pub code: String,
    /// The provider's own error.
    #[serde(default)]
    pub error: Option<String>,
}

/// A sign-in that ended well.
pub struct Finished {
    /// The session.
    pub opened: Opened,
    /// Where the person was.
    pub return_to: String,
}

/// What must come back, kept sealed until then.
#[derive(Serialize, Deserialize)]
pub(crate) struct Pending {
    /// Goes into the id token.
    pub(crate) nonce: String,
    /// Proves to the provider that who asked is who comes back.
    pub(crate) verifier: String,
}

/// Who a provider says that somebody is.
pub(crate) struct Person {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    /// Only an address that the provider has verified.
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
}

/// The providers that a face offers.
pub fn offered(platform: &Platform, face: Face) -> Vec<Offer> {
    let providers = platform.settings.providers.iter();
    providers
        .filter(|provider| provider.faces.contains(&face))
        .map(|provider| Offer {
            slug: provider.slug.clone(),
            label: provider.label.clone(),
        })
        .collect()
}

/// Begins a sign-in: where to send the browser. `return_to` is the path to go on with afterwards.
pub async fn begin(
    platform: &Platform,
    visitor: &Actor,
    face: Face,
    slug: &str,
    return_to: &str,
) -> Result<Begun> {
    let provider = provider(platform, face, slug)?;
    let (state, browser) = (platform.random.token(), platform.random.token());
    let pending = Pending {
        nonce: platform.random.token().reveal().to_owned(),
        verifier: platform.random.token().reveal().to_owned(),
    };
    let callback = callback(platform, face, slug);
    let url = match &provider.kind {
        ProviderKind::Oidc { issuer } => {
            oidc::authorize(platform, provider, issuer, &callback, &state, &pending).await
        }
        ProviderKind::GitHub { site, .. } => {
            github::authorize(provider, site, &callback, &state, &pending)
        }
    }
    .map_err(SignInError::Provider)?;
    let plain = serde_json::to_vec(&pending).expect("two texts are JSON");
    let now = platform.now();
    let attempt = SignInAttempt {
        face,
        provider: slug.to_owned(),
        sealed: platform
            .sealer
            .seal(platform.random.bytes(), &purpose(browser.reveal()), &plain),
        return_to: local(return_to),
        created_at: now,
        expires_at: now + PATIENCE,
    };
    let mut tx = platform.db.begin().await?;
    let key = sha256(state.reveal());
    store::sign_in_attempts::insert(&mut tx, visitor.workspace, key, attempt).await?;
    tx.commit().await?;
    Ok(Begun { url, browser })
}

/// Ends a sign-in with what the provider's redirect brought, in the browser that began it.
pub async fn finish(
    platform: &Platform,
    visitor: &Actor,
    face: Face,
    slug: &str,
    answer: Answer,
    browser: &str,
    user_agent: &str,
) -> Result<Finished> {
    let provider = provider(platform, face, slug)?;
    let attempt = take(platform, visitor, face, slug, &answer.state).await?;
    let pending = platform
        .sealer
        .open(&purpose(browser), &attempt.sealed)
        .ok()
        .and_then(|plain| serde_json::from_slice::<Pending>(&plain).ok())
        .ok_or(SignInError::NoAttempt)?;
    if let Some(error) = answer.error {
        return Err(SignInError::Provider(ProviderError::Refused(error)).into());
    }
    let callback = callback(platform, face, slug);
    let person = match &provider.kind {
        ProviderKind::Oidc { issuer } => {
            oidc::person(platform, provider, issuer, &callback, answer.code, pending).await
        }
        ProviderKind::GitHub { site, api } => {
            let urls = github::Urls {
                site,
                api,
                callback: &callback,
            };
            github::person(platform, provider, urls, answer.code, pending).await
        }
    }
    .map_err(SignInError::Provider)?;
    let account = account(platform, visitor, face, person).await?;
    let at = Visitor {
        actor: visitor,
        face,
        user_agent,
    };
    Ok(Finished {
        opened: open(platform, at, &account, slug).await?,
        return_to: attempt.return_to,
    })
}

/// Takes the attempt out of the store: an answer is read once.
async fn take(
    platform: &Platform,
    visitor: &Actor,
    face: Face,
    slug: &str,
    state: &str,
) -> Result<SignInAttempt> {
    let mut tx = platform.db.begin().await?;
    let attempt = store::sign_in_attempts::take(&mut tx, visitor.workspace, sha256(state)).await?;
    tx.commit().await?;
    let attempt = attempt.filter(|attempt| {
        attempt.face == face && attempt.provider == slug && platform.now() < attempt.expires_at
    });
    Ok(attempt.ok_or(SignInError::NoAttempt)?)
}

/// The account of the person that the provider named: the linked one, the one with the same verified address, or a
/// new one where people may sign up.
async fn account(
    platform: &Platform,
    visitor: &Actor,
    face: Face,
    person: Person,
) -> Result<Account> {
    let mut work = platform.begin(visitor).await?;
    let workspace = work.workspace();
    let (issuer, subject) = (&person.issuer, &person.subject);
    if let Some(known) = store::identities::find(work.conn(), workspace, issuer, subject).await? {
        let account = store::accounts::find(work.conn(), workspace, known.account_id).await?;
        return account.ok_or_else(|| SignInError::NoAccount.into());
    }
    let email: Email = person
        .email
        .as_deref()
        .and_then(|email| email.parse().ok())
        .ok_or(SignInError::NoVerifiedAddress)?;
    let found = store::accounts::find_by_email(work.conn(), workspace, &email.key()).await?;
    let account = match found {
        Some(account) => adopt(platform, &mut work, account).await?,
        None if face == Face::Admin || platform.settings.sign_up == SignUp::Closed => {
            return Err(SignInError::NoAccount.into());
        }
        None => sign_up(platform, &mut work, &email, person.name.as_deref()).await?,
    };
    let identity = Identity {
        id: platform.new_id::<domain::id::kind::Account>().uuid(),
        workspace_id: workspace,
        account_id: account.id,
        issuer: person.issuer.clone(),
        subject: person.subject,
        email: email.into(),
        created_at: work.at(),
    };
    store::identities::insert(work.conn(), identity).await?;
    let told = json!({"issuer": person.issuer});
    work.audit(
        "identity.linked",
        "account",
        account.id,
        &account.name,
        None,
        Some(told),
    );
    work.commit().await?;
    Ok(account)
}

/// Links the account that has the address. When nobody had proven it yet, the password that somebody chose for it is
/// dropped: that may have been a stranger.
async fn adopt(platform: &Platform, work: &mut Work, account: Account) -> Result<Account> {
    if account.state != AccountState::Unverified {
        return Ok(account);
    }
    let (at, workspace, state) = (work.at(), work.workspace(), next_state(platform));
    store::accounts::verify(work.conn(), workspace, account.id, state, at).await?;
    store::accounts::drop_password(work.conn(), workspace, account.id, at).await?;
    if state == AccountState::PendingApproval {
        tell_approvers(work, &account).await?;
    }
    Ok(Account {
        state,
        password_hash: None,
        ..account
    })
}

async fn sign_up(
    platform: &Platform,
    work: &mut Work,
    email: &Email,
    name: Option<&str>,
) -> Result<Account> {
    let before_at = email.as_str().split('@').next().unwrap_or_default();
    let name: String = name.unwrap_or(before_at).chars().take(NAME_MOST).collect();
    let name: Name = name
        .parse()
        .or_else(|_| before_at.parse())
        .map_err(|e| Error::invalid("name", e))?;
    let state = next_state(platform);
    let account = Account {
        id: platform.new_id(),
        workspace_id: work.workspace(),
        email: email.to_string(),
        email_key: email.key(),
        name: name.into(),
        password_hash: None,
        state,
        verified_at: Some(work.at()),
        last_sign_in_at: None,
        created_at: work.at(),
        updated_at: work.at(),
        version: 1,
    };
    store::accounts::insert(work.conn(), account.clone()).await?;
    let told = json!({"email": account.email, "state": state});
    work.audit(
        "account.signed_up",
        "account",
        account.id,
        &account.name,
        None,
        Some(told),
    );
    if state == AccountState::PendingApproval {
        tell_approvers(work, &account).await?;
    }
    Ok(account)
}

fn provider<'a>(platform: &'a Platform, face: Face, slug: &str) -> Result<&'a Provider> {
    let providers = platform.settings.providers.iter();
    Ok(providers
        .filter(|provider| provider.faces.contains(&face))
        .find(|provider| provider.slug == slug)
        .ok_or_else(|| SignInError::NoProvider(slug.to_owned()))?)
}

fn callback(platform: &Platform, face: Face, slug: &str) -> String {
    platform
        .settings
        .link(face, &format!("/sign-in/{slug}/callback"))
}

/// Sealed for one browser: with another cookie it does not open.
fn purpose(browser: &str) -> String {
    format!("sign_in_attempt:{browser}")
}

/// A path of this face; anything that could lead elsewhere becomes the front page.
fn local(path: &str) -> String {
    let stays = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(['\\', '\r', '\n', '\t']);
    if stays { path } else { "/" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn nobody_is_sent_elsewhere() {
        assert_eq!(local("/apis/x?tab=1"), "/apis/x?tab=1");
        for bad in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil",
            "/\t/evil",
        ] {
            assert_eq!(local(bad), "/", "{bad}");
        }
    }
}

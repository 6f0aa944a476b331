//! Authorization codes: made when a person consents, redeemed once (RFC 6749, section 4.1).

use std::time::Duration;

use domain::account::AccountState;
use domain::actor::Origin;
use domain::id::OauthGrantId;
use domain::oauth::ACCESS_LIFE;
use store::oauth_codes::Code as Row;
use store::oauth_grants::Grant;
use uuid::Uuid;

use super::access_token::Person;
use super::client::Client;
use super::dpop::proven;
use super::error::{Code, OauthError};
use super::family::{self, Next};
use super::pkce;
use super::scopes::Allowed;
use super::token::{Asked, TokenRequest, Tokens, issue, needed, token_type};
use crate::error::Result;
use crate::platform::Platform;
use crate::secrets::{Secret, sha256};
use crate::work::Work;

/// How long a code waits to be redeemed.
const LIFE: Duration = Duration::from_secs(60);

/// Makes a code.
pub(super) async fn make(
    platform: &Platform,
    work: &mut Work,
    grant: OauthGrantId,
    redirect_uri: &str,
    scopes: &str,
    challenge: &str,
) -> Result<Secret> {
    let code = platform.random.token();
    let at = work.at();
    let row = Row {
        code_hash: sha256(code.reveal()),
        workspace_id: work.workspace(),
        grant_id: grant,
        family_id: platform.new_id::<()>().uuid(),
        redirect_uri: redirect_uri.to_owned(),
        scopes: scopes.to_owned(),
        challenge: challenge.to_owned(),
        created_at: at,
        expires_at: at + LIFE,
        used_at: None,
    };
    store::oauth_codes::insert(work.conn(), row).await?;
    Ok(code)
}

/// Turns a code into tokens. One that comes twice takes back what the first time gave.
pub(super) async fn redeem(
    platform: &Platform,
    origin: Origin,
    client: &Client,
    request: &TokenRequest,
) -> Result<Tokens, OauthError> {
    let hash = sha256(needed("code", &request.code)?);
    let redirect_uri = needed("redirect_uri", &request.redirect_uri)?;
    let verifier = needed("code_verifier", &request.code_verifier)?;
    let mut work = platform.begin(&client.actor(origin)).await?;
    let (workspace, at) = (work.workspace(), work.at());
    let found = store::oauth_codes::find(work.conn(), workspace, hash).await?;
    let row = found.ok_or_else(no_good)?;
    let grant = of_client(&mut work, client, row.grant_id).await?;
    if row.used_at.is_some() {
        return twice(work, client, &grant, &row).await;
    }
    if row.expires_at <= at || row.redirect_uri != redirect_uri {
        return Err(no_good());
    }
    if !pkce::fits(verifier, &row.challenge) {
        let description = "`code_verifier` is not what the code's challenge was made from";
        return Err(OauthError::refused(Code::InvalidGrant, description));
    }
    in_force(&mut work, &grant).await?;
    let key = proven(platform, &mut work, request.proof.as_deref()).await?;
    if !store::oauth_codes::take(work.conn(), workspace, hash, at).await? {
        return twice(work, client, &grant, &row).await;
    }
    let scopes = Allowed::to(work.conn(), client).await?.cut(&row.scopes);
    let person = person(&grant, row.family_id);
    let asked = Asked {
        person: Some(person),
        scopes: &scopes,
        key: key.as_deref(),
        grant_type: "authorization_code",
    };
    let access_token = issue(platform, &mut work, client, asked).await?;
    let next = Next {
        grant: grant.id,
        family: row.family_id,
        scopes: &row.scopes,
        key: key.as_deref().filter(|_| !client.facts.confidential),
    };
    let refresh_token = family::next(platform, &mut work, next).await?;
    work.commit().await?;
    Ok(Tokens {
        access_token,
        expires_in: ACCESS_LIFE.as_secs(),
        refresh_token: Some(refresh_token),
        scope: scopes.join(" "),
        token_type: token_type(key.as_deref()),
    })
}

/// Takes back what the first use of a code gave.
async fn twice(
    mut work: Work,
    client: &Client,
    grant: &Grant,
    row: &Row,
) -> Result<Tokens, OauthError> {
    family::stolen(&mut work, client, grant, row.family_id, "A code").await?;
    work.commit().await?;
    Err(no_good())
}

/// The grant, if it was given to this client.
pub(super) async fn of_client(
    work: &mut Work,
    client: &Client,
    id: OauthGrantId,
) -> Result<Grant, OauthError> {
    let workspace = work.workspace();
    let grant = store::oauth_grants::find(work.conn(), workspace, id).await?;
    grant
        .filter(|grant| grant.credential_id == client.credential.id)
        .ok_or_else(no_good)
}

/// Goes on only while the person still allows it, and may come in.
pub(super) async fn in_force(work: &mut Work, grant: &Grant) -> Result<(), OauthError> {
    let workspace = work.workspace();
    let account = store::accounts::find(work.conn(), workspace, grant.account_id).await?;
    let is_active = account.is_some_and(|account| account.state == AccountState::Active);
    if grant.withdrawn_at.is_none() && is_active {
        return Ok(());
    }
    let description = "the person does not allow it any more";
    Err(OauthError::refused(Code::InvalidGrant, description))
}

/// For whom a grant's tokens stand.
pub(super) fn person(grant: &Grant, family: Uuid) -> Person {
    Person {
        account: grant.account_id.uuid(),
        grant: grant.id,
        family,
    }
}

fn no_good() -> OauthError {
    let description =
        "the code is not good: unknown, used, too old, another client's, or sent elsewhere";
    OauthError::refused(Code::InvalidGrant, description)
}

//! Refresh tokens: each is good once and gives the next one (RFC 9700, section 4.14.2).

use domain::actor::Origin;
use domain::oauth::{ACCESS_LIFE, scopes_of};

use super::client::Client;
use super::code::{in_force, of_client, person};
use super::dpop::proven;
use super::error::{Code, OauthError};
use super::family::{self, Next};
use super::scopes::Allowed;
use super::token::{Asked, TokenRequest, Tokens, issue, needed, token_type};
use crate::platform::Platform;
use crate::secrets::sha256;

/// Gives the next tokens of a family. A token that was used before ends the family.
pub(super) async fn refresh(
    platform: &Platform,
    origin: Origin,
    client: &Client,
    request: &TokenRequest,
) -> Result<Tokens, OauthError> {
    let hash = sha256(needed("refresh_token", &request.refresh_token)?);
    let mut work = platform.begin(&client.actor(origin)).await?;
    let (workspace, at) = (work.workspace(), work.at());
    let found = store::refresh_tokens::find(work.conn(), workspace, hash).await?;
    let row = found.ok_or_else(no_good)?;
    let grant = of_client(&mut work, client, row.grant_id)
        .await
        .map_err(|_| no_good())?;
    if row.revoked_at.is_some() || row.expires_at <= at {
        return Err(no_good());
    }
    let key = proven(platform, &mut work, request.proof.as_deref()).await?;
    if !row.key_thumbprint.is_empty() && key.as_ref() != Some(&row.key_thumbprint) {
        let description = "the refresh token is bound to a key of the client, which the request does not prove (DPoP)";
        return Err(OauthError::refused(Code::InvalidGrant, description));
    }
    let was_used = row.used_at.is_some();
    if was_used || !store::refresh_tokens::take(work.conn(), workspace, hash, at).await? {
        family::stolen(&mut work, client, &grant, row.family_id, "A refresh token").await?;
        work.commit().await?;
        return Err(no_good());
    }
    in_force(&mut work, &grant).await?;
    let mut scopes = Allowed::to(work.conn(), client).await?.cut(&row.scopes);
    if let Some(fewer) = request.scope.as_deref().filter(|text| !text.is_empty()) {
        scopes = fewer_of(&scopes, fewer)?;
    }
    let person = person(&grant, row.family_id);
    let asked = Asked {
        person: Some(person),
        scopes: &scopes,
        key: key.as_deref(),
        grant_type: "refresh_token",
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

/// Some of the scopes, never others.
fn fewer_of(scopes: &[String], asked: &str) -> Result<Vec<String>, OauthError> {
    let asked = scopes_of(asked).filter(|asked| asked.iter().all(|scope| scopes.contains(scope)));
    asked.ok_or_else(|| {
        let description = "a refresh can ask for fewer scopes than were granted, never for others";
        OauthError::refused(Code::InvalidScope, description)
    })
}

fn no_good() -> OauthError {
    let description =
        "the refresh token is not good: unknown, used, revoked, too old or another client's";
    OauthError::refused(Code::InvalidGrant, description)
}

//! Taking a token back (RFC 7009). A refresh token takes its whole family with it.

use domain::actor::Origin;
use serde_json::json;

use super::client::{Client, Presented, authenticate};
use super::code::of_client;
use super::error::{Code, OauthError};
use super::{access_token, family};
use crate::platform::Platform;
use crate::secrets::sha256;

/// Takes a token back. One that is unknown, or has ended, is taken back already.
pub async fn revoke(
    platform: &Platform,
    origin: Origin,
    presented: &Presented,
    token: &str,
) -> Result<(), OauthError> {
    let mut conn = platform.db.read().await?;
    let client = authenticate(&mut conn, presented, platform.now()).await?;
    drop(conn);
    if token.starts_with(family::PREFIX) {
        return whole_family(platform, origin, &client, token).await;
    }
    let mut work = platform.begin(&client.actor(origin)).await?;
    let claims = access_token::verify(work.conn(), platform, token).await?;
    let Some(claims) = claims.filter(|claims| claims.exp > work.at().seconds()) else {
        return Ok(());
    };
    if claims.client_id != client.facts.client_id {
        return Err(not_yours());
    }
    family::refuse(&mut work, claims.jti).await?;
    let after = json!({ "client_id": claims.client_id, "jti": claims.jti });
    let name = &client.credential.label;
    work.audit(
        "oauth_token.revoked",
        "credential",
        client.credential.id,
        name,
        None,
        Some(after),
    );
    work.commit().await?;
    Ok(())
}

async fn whole_family(
    platform: &Platform,
    origin: Origin,
    client: &Client,
    token: &str,
) -> Result<(), OauthError> {
    let mut work = platform.begin(&client.actor(origin)).await?;
    let (workspace, hash) = (work.workspace(), sha256(token));
    let found = store::refresh_tokens::find(work.conn(), workspace, hash).await?;
    let Some(row) = found else {
        return Ok(());
    };
    let grant = of_client(&mut work, client, row.grant_id)
        .await
        .map_err(|_| not_yours())?;
    if row.revoked_at.is_some() {
        return Ok(());
    }
    let reason = "the client revoked it";
    family::revoke(&mut work, client, grant.id, row.family_id, reason).await?;
    work.commit().await?;
    Ok(())
}

fn not_yours() -> OauthError {
    OauthError::refused(
        Code::UnauthorizedClient,
        "the token was issued to another client",
    )
}

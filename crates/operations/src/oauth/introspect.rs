//! What a token means, for those who cannot read it themselves (RFC 7662).

use domain::Timestamp;
use domain::access::Permission;
use domain::actor::Actor;
use domain::id::ApplicationId;
use serde_json::{Value, json};
use store::Conn;

use super::client::{Client, Presented, authenticate, find};
use super::error::{Code, OauthError};
use super::metadata::issuer;
use super::{access_token, family};
use crate::access::need;
use crate::platform::Platform;
use crate::secrets::sha256;

/// Who asks.
pub enum Asker {
    /// A client with a secret: it learns about tokens of its own application.
    Client(Presented),
    /// Somebody with a token of the admin API who may read applications: about every token.
    Team(Actor),
}

/// What a token means. All that is not in force, or that the one who asks may not know of, is `{"active": false}`.
pub async fn introspect(
    platform: &Platform,
    asker: &Asker,
    token: &str,
) -> Result<Value, OauthError> {
    let mut conn = platform.db.read().await?;
    let now = platform.now();
    let only = match asker {
        Asker::Client(presented) => {
            let client = authenticate(&mut conn, presented, now).await?;
            if !client.facts.confidential {
                let description = "a client without a secret may not ask about tokens";
                return Err(OauthError::refused(Code::UnauthorizedClient, description));
            }
            Some(client.application.id)
        }
        Asker::Team(actor) => {
            need(actor, Permission::ConsumersRead)?;
            None
        }
    };
    let told = if token.starts_with(family::PREFIX) {
        of_refresh(&mut conn, platform, token, only, now).await?
    } else {
        of_access(&mut conn, platform, token, only, now).await?
    };
    Ok(told.unwrap_or_else(|| json!({ "active": false })))
}

async fn of_access(
    conn: &mut Conn,
    platform: &Platform,
    token: &str,
    only: Option<ApplicationId>,
    now: Timestamp,
) -> Result<Option<Value>, OauthError> {
    let Some(claims) = access_token::verify(conn, platform, token).await? else {
        return Ok(None);
    };
    if claims.exp <= now.seconds() || !is_in_force(conn, &claims.client_id, only, now).await? {
        return Ok(None);
    }
    for id in claims.ids() {
        if store::oauth_revocations::load(conn, id).await?.is_some() {
            return Ok(None);
        }
    }
    let token_type = if claims.cnf.is_some() {
        "DPoP"
    } else {
        "Bearer"
    };
    let mut told = json!({ "active": true, "token_type": token_type });
    if let (Value::Object(told), Value::Object(claims)) = (&mut told, json!(claims)) {
        told.extend(claims);
    }
    Ok(Some(told))
}

async fn of_refresh(
    conn: &mut Conn,
    platform: &Platform,
    token: &str,
    only: Option<ApplicationId>,
    now: Timestamp,
) -> Result<Option<Value>, OauthError> {
    let workspace = platform.settings.workspace;
    let found = store::refresh_tokens::find(conn, workspace, sha256(token)).await?;
    let is_good =
        |used: Option<Timestamp>, revoked: Option<Timestamp>| used.is_none() && revoked.is_none();
    let Some(row) =
        found.filter(|row| is_good(row.used_at, row.revoked_at) && now < row.expires_at)
    else {
        return Ok(None);
    };
    let grant = store::oauth_grants::find(conn, workspace, row.grant_id).await?;
    let Some(grant) = grant.filter(|grant| grant.withdrawn_at.is_none()) else {
        return Ok(None);
    };
    let credential = store::credentials::find(conn, workspace, grant.credential_id).await?;
    let facts = credential.as_ref().map(super::client::ClientFacts::of);
    let Some(facts) = facts.transpose()? else {
        return Ok(None);
    };
    if !is_in_force(conn, &facts.client_id, only, now).await? {
        return Ok(None);
    }
    Ok(Some(json!({
        "active": true, "token_type": "refresh_token", "client_id": facts.client_id, "scope": row.scopes,
        "sub": grant.account_id, "iss": issuer(&platform.settings), "iat": row.created_at.seconds(),
        "exp": row.expires_at.seconds(),
    })))
}

/// Whether the client is in force, and one that the asker may know of.
async fn is_in_force(
    conn: &mut Conn,
    client_id: &str,
    only: Option<ApplicationId>,
    now: Timestamp,
) -> Result<bool, OauthError> {
    let found: Option<Client> = find(conn, client_id, now).await?.ok();
    Ok(found.is_some_and(|client| only.is_none_or(|only| client.application.id == only)))
}

//! The token endpoint (RFC 6749, section 3.2): from a grant to tokens.

use domain::actor::Origin;
use domain::oauth::ACCESS_LIFE;
use serde_json::json;

use super::access_token::{Claims, Person, sign};
use super::client::{Client, Presented, authenticate};
use super::dpop::proven;
use super::error::{Code, OauthError};
use super::scopes::Allowed;
use super::{code, keys, refresh};
use crate::platform::Platform;
use crate::secrets::Secret;
use crate::work::Work;

/// What a client asks for, as it was sent.
#[derive(Debug, Clone, Default)]
pub struct TokenRequest {
    /// `client_credentials`, `authorization_code` or `refresh_token`.
    pub grant_type: Option<String>,
    /// Of a code: the code.
    pub code: Option<String>,
    /// Of a code: where it was sent.
    pub redirect_uri: Option<String>,
    /// Of a code: what its challenge was made from (RFC 7636).
    pub code_verifier: Option<String>,
    /// Of a refresh token: the token.
    pub refresh_token: Option<String>,
    /// Scopes with blanks between; of a code it was settled before.
    pub scope: Option<String>,
    /// The proof of a key that the tokens are to be bound to (RFC 9449).
    pub proof: Option<String>,
}

/// What a client gets.
pub struct Tokens {
    /// What it calls with.
    pub access_token: Secret,
    /// For how many seconds.
    pub expires_in: u64,
    /// What it gets the next one with; nothing where it stands for itself.
    pub refresh_token: Option<Secret>,
    /// What the access token allows, with blanks between.
    pub scope: String,
    /// How the access token is sent: `Bearer`, or `DPoP` where it is bound to a key.
    pub token_type: &'static str,
}

/// How a token is sent that is bound to this key, or to none.
pub(super) const fn token_type(key: Option<&str>) -> &'static str {
    match key {
        Some(_) => "DPoP",
        None => "Bearer",
    }
}

/// Gives tokens to a client that proved itself.
pub async fn token(
    platform: &Platform,
    origin: Origin,
    presented: &Presented,
    request: &TokenRequest,
) -> Result<Tokens, OauthError> {
    let mut conn = platform.db.read().await?;
    let client = authenticate(&mut conn, presented, platform.now()).await?;
    drop(conn);
    match request.grant_type.as_deref() {
        Some("client_credentials") => of_client(platform, origin, &client, request).await,
        Some("authorization_code") => code::redeem(platform, origin, &client, request).await,
        Some("refresh_token") => refresh::refresh(platform, origin, &client, request).await,
        Some(other) => Err(OauthError::refused(
            Code::UnsupportedGrantType,
            format!("`{other}` is none of client_credentials, authorization_code, refresh_token"),
        )),
        None => Err(missing("grant_type")),
    }
}

/// A token for the client itself (RFC 6749, section 4.4).
async fn of_client(
    platform: &Platform,
    origin: Origin,
    client: &Client,
    request: &TokenRequest,
) -> Result<Tokens, OauthError> {
    if !client.facts.confidential {
        let description = "a client without a secret cannot stand for itself";
        return Err(OauthError::refused(Code::UnauthorizedClient, description));
    }
    let mut work = platform.begin(&client.actor(origin)).await?;
    let allowed = Allowed::to(work.conn(), client).await?;
    let scopes = allowed.grant(request.scope.as_deref())?;
    let key = proven(platform, &mut work, request.proof.as_deref()).await?;
    let asked = Asked {
        person: None,
        scopes: &scopes,
        key: key.as_deref(),
        grant_type: "client_credentials",
    };
    let access_token = issue(platform, &mut work, client, asked).await?;
    work.commit().await?;
    Ok(Tokens {
        access_token,
        expires_in: ACCESS_LIFE.as_secs(),
        refresh_token: None,
        scope: scopes.join(" "),
        token_type: token_type(key.as_deref()),
    })
}

/// What an access token is to say.
pub(super) struct Asked<'a> {
    /// For whom it stands beside its client.
    pub(super) person: Option<Person>,
    /// What it allows.
    pub(super) scopes: &'a [String],
    /// The thumbprint of the key that it is bound to.
    pub(super) key: Option<&'a str>,
    /// What it was given for.
    pub(super) grant_type: &'a str,
}

/// Signs an access token, and writes that down.
pub(super) async fn issue(
    platform: &Platform,
    work: &mut Work,
    client: &Client,
    asked: Asked<'_>,
) -> Result<Secret, OauthError> {
    let workspace = client.credential.workspace_id;
    let (kid, key) = keys::signing(platform, work.conn(), workspace).await?;
    let claims = Claims::new(
        platform,
        client,
        asked.person,
        asked.scopes,
        asked.key,
        work.at(),
    );
    let after = json!({
        "grant_type": asked.grant_type, "client_id": claims.client_id, "sub": claims.sub, "scope": claims.scope,
        "jti": claims.jti, "grant": claims.grant, "application_id": client.application.id, "cnf": claims.cnf,
    });
    work.audit(
        "oauth_token.issued",
        "credential",
        client.credential.id,
        &client.credential.label,
        None,
        Some(after),
    );
    Ok(sign(&key, kid, &claims))
}

/// A parameter that must be there.
pub(super) fn missing(parameter: &str) -> OauthError {
    OauthError::refused(Code::InvalidRequest, format!("`{parameter}` is missing"))
}

/// The same for a text that may be there.
pub(super) fn needed<'a>(
    parameter: &str,
    value: &'a Option<String>,
) -> Result<&'a str, OauthError> {
    value
        .as_deref()
        .filter(|text| !text.is_empty())
        .ok_or_else(|| missing(parameter))
}

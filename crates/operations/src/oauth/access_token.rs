//! The form of an access token: a signed JWT (RFC 9068). The gateway checks it without asking.

use data_encoding::BASE64URL_NOPAD;
use domain::Timestamp;
use domain::id::{OauthGrantId, SigningKeyId};
use domain::oauth::{ACCESS_LIFE, KEY_PURPOSE, SigningAlgorithm};
use gateway_policies::jose::compact::Compact;
use gateway_policies::jose::key::Key;
use serde::{Deserialize, Serialize};
use store::Conn;
use uuid::Uuid;

use super::client::Client;
use super::metadata::issuer;
use crate::error::Result;
use crate::platform::Platform;
use crate::secrets::Secret;
use crate::signing_keys::Pair;

const TYPE: &str = "at+jwt";

#[derive(Serialize)]
struct Header {
    typ: &'static str,
    alg: SigningAlgorithm,
    kid: SigningKeyId,
}

/// For whom a token stands beside its client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    pub(super) account: Uuid,
    pub(super) grant: OauthGrantId,
    pub(super) family: Uuid,
}

/// The key that whoever sends a token must prove (RFC 7800, section 3.1, and RFC 9449, section 6.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Confirmation {
    /// Its thumbprint (RFC 7638).
    jkt: String,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    /// The person's account, or the client's id where it stands for itself.
    pub(super) sub: String,
    pub(super) aud: String,
    pub(super) client_id: String,
    pub(super) iat: i64,
    pub(super) exp: i64,
    pub(super) jti: Uuid,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) scope: String,
    /// What the person allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) grant: Option<OauthGrantId>,
    /// All tokens that came from one consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) family: Option<Uuid>,
    /// What the token is bound to; nothing where whoever has it may use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cnf: Option<Confirmation>,
}

impl Claims {
    /// What a token made now says.
    pub(super) fn new(
        platform: &Platform,
        client: &Client,
        person: Option<Person>,
        scopes: &[String],
        key: Option<&str>,
        now: Timestamp,
    ) -> Self {
        let client_id = client.facts.client_id.clone();
        Self {
            iss: issuer(&platform.settings),
            sub: person.map_or_else(|| client_id.clone(), |person| person.account.to_string()),
            aud: platform
                .settings
                .gateway_url
                .as_str()
                .trim_end_matches('/')
                .to_owned(),
            client_id,
            iat: now.seconds(),
            exp: (now + ACCESS_LIFE).seconds(),
            jti: platform.new_id::<()>().uuid(),
            scope: scopes.join(" "),
            grant: person.map(|person| person.grant),
            family: person.map(|person| person.family),
            cnf: key.map(|jkt| Confirmation {
                jkt: jkt.to_owned(),
            }),
        }
    }

    /// Everything under which it can have been taken back.
    pub(super) fn ids(&self) -> impl Iterator<Item = Uuid> {
        let grant = self.grant.map(OauthGrantId::uuid);
        [Some(self.jti), grant, self.family].into_iter().flatten()
    }
}

/// Signs.
pub(super) fn sign(key: &Pair, kid: SigningKeyId, claims: &Claims) -> Secret {
    let header = Header {
        typ: TYPE,
        alg: key.algorithm(),
        kid,
    };
    let encode = |json: Vec<u8>| BASE64URL_NOPAD.encode(&json);
    let header = serde_json::to_vec(&header).expect("a header is three texts");
    let body = serde_json::to_vec(claims).expect("claims are texts, numbers and ids");
    let signed = format!("{}.{}", encode(header), encode(body));
    let signature = key.sign(signed.as_bytes());
    Secret::new(format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature)))
}

/// What a token says, if the platform signed it with a key that is in force. Its times are the caller's to compare.
pub(super) async fn verify(
    conn: &mut Conn,
    platform: &Platform,
    token: &str,
) -> Result<Option<Claims>> {
    let Some((token, kid)) = parts(token) else {
        return Ok(None);
    };
    let workspace = platform.settings.workspace;
    let row = store::signing_keys::load(conn, kid).await?.filter(|row| {
        row.workspace_id == workspace && row.purpose == KEY_PURPOSE && row.retired_at.is_none()
    });
    let is_ours = row.is_some_and(|row| {
        row.algorithm.as_str() == token.algorithm
            && Key::of_platform(row.algorithm, &row.public_key)
                .is_ok_and(|key| key.verify(row.algorithm.into(), token.signed, &token.signature))
    });
    if !is_ours {
        return Ok(None);
    }
    let claims = token.payload().ok();
    Ok(claims.and_then(|claims| serde_json::from_slice(&claims).ok()))
}

fn parts(token: &str) -> Option<(Compact<'_>, SigningKeyId)> {
    let token = Compact::parse(token).ok()?;
    let kid = token.key_id.as_deref()?.parse().ok()?;
    (token.kind.as_deref() == Some(TYPE)).then_some((token, SigningKeyId::new(kid)))
}

//! The form of a playground token: `ghp_` and a JSON Web Token (RFC 7519) signed with Ed25519 (RFC 8037).

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use domain::Timestamp;
use domain::id::{AccountId, ApplicationId, SigningKeyId, SubscriptionId};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::secrets::Secret;

/// How a token begins.
pub const PREFIX: &str = "ghp_";
/// How long a token is good.
pub const LIFE: Duration = Duration::from_secs(900);
/// The longest token that is looked at, in bytes.
const LENGTH_MOST: usize = 1_024;
/// How far the clock of the one who signed may be ahead.
const SKEW: Duration = Duration::from_secs(60);
const TYPE: &str = "gh-playground+jwt";
const ALGORITHM: &str = "EdDSA";
const ISSUER: &str = "gatehouse";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    kid: SigningKeyId,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    iss: String,
    /// The subscription that calls are made under.
    pub sub: SubscriptionId,
    /// Its application.
    pub app: ApplicationId,
    /// The person who tries it.
    pub acc: AccountId,
    /// When it was made, in seconds since the epoch.
    pub iat: i64,
    /// From when on it is refused, in seconds since the epoch.
    pub exp: i64,
    /// Its own id.
    pub jti: Uuid,
}

impl Claims {
    /// What a token made now says.
    pub(super) fn new(
        subscription: SubscriptionId,
        application: ApplicationId,
        account: AccountId,
        now: Timestamp,
        jti: Uuid,
    ) -> Self {
        Self {
            iss: ISSUER.to_owned(),
            sub: subscription,
            app: application,
            acc: account,
            iat: now.seconds(),
            exp: (now + LIFE).seconds(),
            jti,
        }
    }
}

/// Why a token is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TokenError {
    /// Not of the form of a token.
    #[error("is no playground token")]
    Malformed,
    /// Signed by nobody we know.
    #[error("is signed with a key that is not in use")]
    UnknownKey,
    /// The signature does not hold.
    #[error("is not signed by this platform")]
    BadSignature,
    /// Too old, or from the future.
    #[error("has expired")]
    Expired,
}

/// Signs.
pub(super) fn sign(key: &SigningKey, kid: SigningKeyId, claims: &Claims) -> Secret {
    let header = Header {
        typ: TYPE.to_owned(),
        alg: ALGORITHM.to_owned(),
        kid,
    };
    let signed = format!("{}.{}", encode(&header), encode(claims));
    let signature = key.sign(signed.as_bytes()).to_bytes();
    Secret::new(format!(
        "{PREFIX}{signed}.{}",
        BASE64URL_NOPAD.encode(&signature)
    ))
}

/// What a token says, when it is good at `now`. `key` finds the public key (32 bytes) of a key that is in use; the
/// algorithm is the key's, whatever the header says.
pub fn verify(
    token: &str,
    now: Timestamp,
    key: impl FnOnce(SigningKeyId) -> Option<[u8; 32]>,
) -> Result<Claims, TokenError> {
    let rest = token.strip_prefix(PREFIX).ok_or(TokenError::Malformed)?;
    if token.len() > LENGTH_MOST {
        return Err(TokenError::Malformed);
    }
    let (signed, signature) = rest.rsplit_once('.').ok_or(TokenError::Malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(TokenError::Malformed)?;
    let header: Header = decode(header)?;
    if header.alg != ALGORITHM || header.typ != TYPE {
        return Err(TokenError::Malformed);
    }
    let public = key(header.kid).ok_or(TokenError::UnknownKey)?;
    let public = VerifyingKey::from_bytes(&public).map_err(|_| TokenError::UnknownKey)?;
    let signature = BASE64URL_NOPAD
        .decode(signature.as_bytes())
        .map_err(|_| TokenError::Malformed)?;
    let signature = Signature::from_slice(&signature).map_err(|_| TokenError::Malformed)?;
    public
        .verify_strict(signed.as_bytes(), &signature)
        .map_err(|_| TokenError::BadSignature)?;
    let claims: Claims = decode(claims)?;
    let life = claims.exp.saturating_sub(claims.iat);
    let is_ours = claims.iss == ISSUER && life <= LIFE.as_secs().cast_signed();
    if !is_ours {
        return Err(TokenError::Malformed);
    }
    if claims.exp <= now.seconds() || claims.iat > (now + SKEW).seconds() {
        return Err(TokenError::Expired);
    }
    Ok(claims)
}

fn encode(part: &impl Serialize) -> String {
    let json = serde_json::to_vec(part).expect("headers and claims are ids, numbers and texts");
    BASE64URL_NOPAD.encode(&json)
}

fn decode<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, TokenError> {
    let json = BASE64URL_NOPAD
        .decode(part.as_bytes())
        .map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| TokenError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn token() -> (SigningKey, String) {
        let key = SigningKey::from_bytes(&[7; 32]);
        let id = |n| Uuid::from_u128(n);
        let (sub, app, acc) = (id(1).into(), id(2).into(), id(3).into());
        let claims = Claims::new(sub, app, acc, NOW, id(4));
        let token = sign(&key, id(5).into(), &claims);
        (key, token.reveal().to_owned())
    }

    fn check(token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        let key = SigningKey::from_bytes(&[7; 32]).verifying_key().to_bytes();
        verify(token, now, |kid| {
            (kid == Uuid::from_u128(5).into()).then_some(key)
        })
    }

    #[test]
    fn is_good_for_fifteen_minutes() {
        let (_, token) = token();
        assert_eq!(check(&token, NOW).unwrap().sub, Uuid::from_u128(1).into());
        assert!(check(&token, NOW + Duration::from_secs(899)).is_ok());
        assert_eq!(check(&token, NOW + LIFE), Err(TokenError::Expired));
        assert_eq!(
            check(&token, NOW - Duration::from_secs(61)),
            Err(TokenError::Expired)
        );
    }

    #[test]
    fn does_not_survive_a_changed_character() {
        let (_, token) = token();
        let claims = token.find('.').unwrap() + 20;
        let mut bytes = token.into_bytes();
        bytes[claims] = if bytes[claims] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(bytes).unwrap();
        assert_eq!(check(&altered, NOW), Err(TokenError::BadSignature));
    }

    #[test]
    fn takes_no_other_algorithm_or_key() {
        let (_, token) = token();
        let mut parts = token.strip_prefix(PREFIX).unwrap().split('.').skip(1);
        let (claims, signature) = (parts.next().unwrap(), parts.next().unwrap());
        let with = |header: &str| {
            let header = BASE64URL_NOPAD.encode(header.as_bytes());
            check(&format!("{PREFIX}{header}.{claims}.{signature}"), NOW)
        };
        let kid = Uuid::from_u128(5);
        let none = format!(r#"{{"typ":"{TYPE}","alg":"none","kid":"{kid}"}}"#);
        assert_eq!(with(&none), Err(TokenError::Malformed));
        let embedded = format!(r#"{{"typ":"{TYPE}","alg":"EdDSA","kid":"{kid}","jwk":{{}}}}"#);
        assert_eq!(with(&embedded), Err(TokenError::Malformed));
        let other = format!(
            r#"{{"typ":"{TYPE}","alg":"EdDSA","kid":"{}"}}"#,
            Uuid::from_u128(6)
        );
        assert_eq!(with(&other), Err(TokenError::UnknownKey));
    }
}

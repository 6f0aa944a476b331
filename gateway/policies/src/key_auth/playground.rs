//! Playground tokens: `ghp_` and a compact JWS (RFC 7515), signed with Ed25519 by the portal, good for one subscription.

use data_encoding::BASE64URL_NOPAD;
use domain::Timestamp;
use domain::id::{ApplicationId, SigningKeyId, SubscriptionId};
use ed25519_dalek::{Signature, VerifyingKey};
use serde::Deserialize;
use uuid::Uuid;

use crate::exchange::{Caller, Proof};
use crate::services::Credentials;

/// How every playground token begins.
pub(super) const PREFIX: &str = "ghp_";

const LONGEST: usize = 1_024;
/// Seconds that a token may hold.
const LIFETIME: i64 = 900;
/// Seconds that the portal's clock may be ahead.
const SKEW: i64 = 60;

/// Exactly these members: `crit`, `jwk`, `jku` and `x5u` are unknown and refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    kid: Uuid,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: SubscriptionId,
    app: ApplicationId,
    #[serde(rename = "acc")]
    _account: Uuid,
    iat: i64,
    exp: i64,
    #[serde(rename = "jti")]
    _token: Uuid,
}

/// Whom a token speaks for; otherwise what is wrong with it.
pub(super) fn verify(
    token: &str,
    keys: &dyn Credentials,
    now: Timestamp,
) -> Result<Caller, &'static str> {
    const SHAPE: &str = "the playground token is not well formed";
    if token.len() > LONGEST {
        return Err("the playground token is longer than 1024 characters");
    }
    let jws = token.strip_prefix(PREFIX).ok_or(SHAPE)?;
    let (signed, signature) = jws.rsplit_once('.').ok_or(SHAPE)?;
    let (header, payload) = signed.split_once('.').ok_or(SHAPE)?;
    let header: Header = json(header).ok_or(SHAPE)?;
    // The algorithm is that of the key; the header may only agree.
    if header.alg != "EdDSA" || header.typ != "gh-playground+jwt" {
        return Err("the playground token is of another type or algorithm");
    }
    let key = keys
        .playground_key(SigningKeyId::new(header.kid))
        .and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok())
        .ok_or("the playground token was signed with a key that is not in force")?;
    let signature = BASE64URL_NOPAD
        .decode(signature.as_bytes())
        .ok()
        .and_then(|bytes| Signature::from_slice(&bytes).ok())
        .ok_or(SHAPE)?;
    key.verify_strict(signed.as_bytes(), &signature)
        .map_err(|_| "the playground token's signature does not fit")?;
    let claims: Claims = json(payload).ok_or(SHAPE)?;
    let now = now.seconds();
    if claims.iss != "gatehouse"
        || claims.iat > now + SKEW
        || claims.exp > claims.iat.saturating_add(LIFETIME)
    {
        return Err("the playground token claims what no portal would sign");
    }
    if claims.exp <= now {
        return Err("the playground token has expired; open the try-it page again");
    }
    Ok(Caller {
        application: claims.app,
        proof: Proof::Playground(claims.sub),
    })
}

fn json<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    let bytes = BASE64URL_NOPAD.decode(part.as_bytes()).ok()?;
    serde_json::from_slice(&bytes).ok()
}

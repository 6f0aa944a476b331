//! An access token of the platform (RFC 9068): its signature, and the members that the gateway lives by.

use domain::id::SigningKeyId;
use serde_json::Value;
use uuid::Uuid;

use crate::jose::algorithm::Algorithm;
use crate::jose::compact::Compact;
use crate::services::Credentials;

/// What a token says about who it is for.
pub(super) struct AccessToken<'a> {
    /// The client's id.
    pub(super) client_id: &'a str,
    /// Its own id.
    token: Uuid,
    /// What a person allowed; nothing where the client stands for itself.
    pub(super) grant: Option<Uuid>,
    /// All tokens that came from one consent.
    family: Option<Uuid>,
}

impl AccessToken<'_> {
    /// Everything under which it can have been taken back.
    pub(super) fn ids(&self) -> impl Iterator<Item = Uuid> {
        [Some(self.token), self.grant, self.family]
            .into_iter()
            .flatten()
    }
}

/// The claims of a token, when one of the platform's keys signed it. The algorithm is the keys' own; the header may only
/// agree. The keys are nobody else's, so that who signed is also who issued.
pub(super) fn verify(text: &str, keys: &dyn Credentials) -> Result<Value, &'static str> {
    let token = Compact::parse(text)?;
    if token.kind.as_deref() != Some("at+jwt") {
        return Err("the token is no access token (`typ`)");
    }
    let key = token
        .key_id
        .as_deref()
        .and_then(|id| id.parse::<Uuid>().ok())
        .and_then(|id| keys.access_token_key(SigningKeyId::new(id)))
        .ok_or("the token was signed with a key that is not in force")?;
    let algorithm = Algorithm::named(&token.algorithm)
        .filter(|one| key.algorithms.contains(one))
        .ok_or("the token's `alg` is not the one that its key is for")?;
    if !key.verify(algorithm, token.signed, &token.signature) {
        return Err("the token's signature does not fit");
    }
    serde_json::from_slice(&token.payload()?).map_err(|_| "the token's payload is not JSON")
}

/// The members that the gateway lives by.
pub(super) fn read(claims: &Value) -> Result<AccessToken<'_>, &'static str> {
    let id = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => value
            .as_str()
            .and_then(|text| text.parse::<Uuid>().ok())
            .map(Some)
            .ok_or("the token claims what the platform would not sign"),
    };
    Ok(AccessToken {
        client_id: claims
            .get("client_id")
            .and_then(Value::as_str)
            .ok_or("the token names no client (`client_id`)")?,
        token: id("jti")?.ok_or("the token has no id (`jti`)")?,
        grant: id("grant")?,
        family: id("family")?,
    })
}

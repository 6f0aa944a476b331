//! Compact JWS (RFC 7515, section 3.1), read strictly: what could turn the verifier against itself is refused here.

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// Longer tokens are not even read.
pub const LONGEST: usize = 16 << 10;

/// A token in its three parts, not verified yet.
#[derive(Debug)]
pub struct Compact<'a> {
    /// What was signed: header and payload as they stood.
    pub signed: &'a [u8],
    /// `alg` as it stood. The key decides whether it is the right one.
    pub algorithm: String,
    /// `kid`: a name in a map of keys, and nothing else.
    pub key_id: Option<String>,
    /// `typ`, in lower case and without `application/`.
    pub kind: Option<String>,
    payload: &'a str,
    /// The signature.
    pub signature: Vec<u8>,
}

/// The header. Parameters that name or carry a key (`jku`, `x5u`, `jwk`) and critical extensions are seen, to be refused;
/// others mean nothing to us.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<IgnoredAny>,
    jku: Option<IgnoredAny>,
    x5u: Option<IgnoredAny>,
    jwk: Option<Value>,
    b64: Option<IgnoredAny>,
    enc: Option<IgnoredAny>,
    zip: Option<IgnoredAny>,
}

impl<'a> Compact<'a> {
    /// Takes a token apart; otherwise what is wrong with it.
    pub fn parse(token: &'a str) -> Result<Self, &'static str> {
        match Self::read(token)? {
            (token, None) => Ok(token),
            (_, Some(_)) => Err("the token's header names or carries its own key"),
        }
    }

    /// Takes a proof apart, whose header carries the key that it was signed with (RFC 9449, section 4.2).
    pub(super) fn with_key(proof: &'a str) -> Result<(Self, Value), &'static str> {
        let (proof, key) = Self::read(proof)?;
        let key = key.ok_or("the proof's header carries no key (`jwk`)")?;
        Ok((proof, key))
    }

    fn read(token: &'a str) -> Result<(Self, Option<Value>), &'static str> {
        const SHAPE: &str = "the token is not three parts of base64url with dots between them";
        if token.len() > LONGEST {
            return Err("the token is longer than 16384 characters");
        }
        match token.bytes().filter(|b| *b == b'.').count() {
            2 => {}
            4 => return Err("the token is encrypted (JWE); only signed ones are taken"),
            _ => return Err(SHAPE),
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(SHAPE)?;
        let (header, payload) = signed.split_once('.').ok_or(SHAPE)?;
        let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| SHAPE);
        let signature = decode(signature)?;
        let header: Header = serde_json::from_slice(&decode(header)?)
            .map_err(|_| "the token's header is not an object with `alg`")?;
        if header.jku.is_some() || header.x5u.is_some() {
            return Err("the token's header names or carries its own key");
        }
        if header.crit.is_some() || header.b64.is_some() {
            return Err("the token's header asks for an extension that is not understood");
        }
        if header.enc.is_some() || header.zip.is_some() {
            return Err("the token is encrypted or compressed; only plain signed ones are taken");
        }
        let token = Self {
            signed: signed.as_bytes(),
            algorithm: header.alg,
            key_id: header.kid,
            kind: header.typ.map(|typ| {
                let typ = typ.to_ascii_lowercase();
                typ.strip_prefix("application/")
                    .map(str::to_owned)
                    .unwrap_or(typ)
            }),
            payload,
            signature,
        };
        Ok((token, header.jwk))
    }

    /// The payload. Only of use after the signature was verified.
    pub fn payload(&self) -> Result<Vec<u8>, &'static str> {
        BASE64URL_NOPAD
            .decode(self.payload.as_bytes())
            .map_err(|_| "the token's payload is not base64url")
    }
}

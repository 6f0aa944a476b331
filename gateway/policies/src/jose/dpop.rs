//! Proofs that whoever sends a token holds the key that the token is bound to (DPoP, RFC 9449).

use data_encoding::BASE64URL_NOPAD;
use domain::Timestamp;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::algorithm::Algorithm;
use super::compact::Compact;
use super::key::Key;
use super::same_place::is_same_place;

/// What proofs may be signed with, as discovery documents and challenges name it.
pub const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];
/// Seconds for which a proof is good after it was made.
pub const LIFE: i64 = 120;
/// Seconds that the clock of the one who made it may be ahead.
pub const SKEW: i64 = 30;
/// The longest `jti`, in bytes.
const ID_MOST: usize = 256;

/// A proof whose signature was verified with the key that it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The thumbprint of its key (RFC 7638, SHA-256).
    pub thumbprint: String,
    id: String,
    method: String,
    url: String,
    made: i64,
    token_hash: Option<String>,
}

/// The request that a proof must be for.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Its method.
    pub method: &'a str,
    /// `http` or `https`.
    pub scheme: &'a str,
    /// The host, with a port where it is not the scheme's own.
    pub authority: &'a str,
    /// Its path.
    pub path: &'a str,
    /// The access token that comes with it; nothing at the token endpoint.
    pub token: Option<&'a str>,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: f64,
    ath: Option<String>,
}

impl Proof {
    /// Reads a proof, and verifies its signature (RFC 9449, section 4.3, checks 2 to 7).
    pub fn verify(text: &str) -> Result<Self, &'static str> {
        let (proof, jwk) = Compact::with_key(text)?;
        if proof.kind.as_deref() != Some("dpop+jwt") {
            return Err("it is no proof (`typ` must be dpop+jwt)");
        }
        if ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]
            .iter()
            .any(|private| jwk.get(private).is_some())
        {
            return Err("its `jwk` holds a private key, which is not secret any more");
        }
        let algorithm = Algorithm::named(&proof.algorithm)
            .filter(|one| ALGORITHMS.contains(one))
            .ok_or("its `alg` is not one that is taken")?;
        let key = Key::from_jwk(&jwk, &Algorithm::RSA).map_err(|_| "its `jwk` is no public key")?;
        if !key.verify(algorithm, proof.signed, &proof.signature) {
            return Err("its signature does not fit its `jwk`");
        }
        let thumbprint = key.thumbprint().ok_or("its `jwk` is no public key")?;
        let claims: Claims = serde_json::from_slice(&proof.payload()?)
            .map_err(|_| "it must say `jti`, `htm`, `htu` and `iat`")?;
        if claims.jti.is_empty() || claims.jti.len() > ID_MOST {
            return Err("its `jti` has not 1 to 256 characters");
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a cast saturates; what is cut off is the fraction of a second"
        )]
        let made = claims.iat as i64;
        Ok(Self {
            thumbprint,
            id: claims.jti,
            method: claims.htm,
            url: claims.htu,
            made,
            token_hash: claims.ath,
        })
    }

    /// Whether it was made for this request, and just now (section 4.3, checks 8 to 12 without the server's nonce).
    pub fn check(&self, target: &Target<'_>, now: Timestamp) -> Result<(), &'static str> {
        if self.method != target.method {
            return Err("it is for another method (`htm`)");
        }
        if !is_same_place(&self.url, target.scheme, target.authority, target.path) {
            return Err("it is for another address (`htu`)");
        }
        let now = now.seconds();
        if self.made > now.saturating_add(SKEW) {
            return Err("it was made in the future (`iat`)");
        }
        if self.made.saturating_add(LIFE) <= now {
            return Err("it is too old (`iat`); make a new one for each request");
        }
        if let Some(token) = target.token {
            let hash = BASE64URL_NOPAD.encode(&Sha256::digest(token.as_bytes()));
            if self.token_hash.as_ref() != Some(&hash) {
                return Err("it is for another token (`ath`)");
            }
        }
        Ok(())
    }

    /// What it is remembered by, so that it is taken once: its key and its `jti`.
    pub fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.thumbprint.as_bytes());
        hash.update(self.id.as_bytes());
        hash.finalize().into()
    }

    /// The second from which on it is too old anyway.
    pub fn end(&self) -> i64 {
        self.made.saturating_add(LIFE)
    }
}

/// The names of [`ALGORITHMS`].
pub fn algorithm_names() -> [&'static str; 9] {
    ALGORITHMS.map(Algorithm::as_str)
}

//! Tokens and keys for tests.

use std::sync::LazyLock;

use data_encoding::BASE64URL_NOPAD;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _,
};
use serde_json::{Value, json};

/// A pair of keys, and its public half as JWK.
pub(crate) enum Signer {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Secret(hmac::Algorithm, Vec<u8>),
}

static RANDOM: LazyLock<SystemRandom> = LazyLock::new(SystemRandom::new);

pub(crate) fn ed25519(seed: u8) -> Signer {
    Signer::Ed25519(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
}

pub(crate) fn p256() -> Signer {
    let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &*RANDOM).unwrap();
    Signer::P256(EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &*RANDOM).unwrap())
}

pub(crate) fn p384() -> Signer {
    let kind = &ECDSA_P384_SHA384_FIXED_SIGNING;
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &*RANDOM).unwrap();
    Signer::P384(EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &*RANDOM).unwrap())
}

impl Signer {
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Self::P256(pair) | Self::P384(pair) => {
                pair.sign(&*RANDOM, message).unwrap().as_ref().to_vec()
            }
            Self::Secret(kind, secret) => hmac::sign(&hmac::Key::new(*kind, secret), message)
                .as_ref()
                .to_vec(),
        }
    }

    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "EdDSA",
            Self::P256(_) => "ES256",
            Self::P384(_) => "ES384",
            Self::Secret(kind, _) if *kind == hmac::HMAC_SHA256 => "HS256",
            Self::Secret(kind, _) if *kind == hmac::HMAC_SHA384 => "HS384",
            Self::Secret(..) => "HS512",
        }
    }

    /// The public half. Of a secret: nothing.
    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        match self {
            Self::Ed25519(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": text(pair.public_key().as_ref())})
            }
            Self::P256(pair) | Self::P384(pair) => {
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                let crv = if x.len() == 32 { "P-256" } else { "P-384" };
                json!({"kty": "EC", "crv": crv, "kid": kid, "x": text(x), "y": text(y)})
            }
            Self::Secret(..) => Value::Null,
        }
    }

    /// A token with this header and these claims.
    pub(crate) fn token_with(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
    }

    pub(crate) fn token(&self, kid: &str, claims: &Value) -> String {
        let header = json!({"alg": self.algorithm(), "typ": "JWT", "kid": kid});
        self.token_with(&header, claims)
    }
}

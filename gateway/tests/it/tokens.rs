//! Tokens of an identity provider in tests.

use data_encoding::BASE64URL_NOPAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

/// A pair of keys on P-256.
pub(crate) struct Issuer {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl Issuer {
    pub(crate) fn new() -> Self {
        let random = SystemRandom::new();
        let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random).unwrap();
        Self { pair, random }
    }

    /// The public half.
    pub(crate) fn jwk(&self) -> Value {
        let point = &self.pair.public_key().as_ref()[1..];
        let (x, y) = point.split_at(32);
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        json!({ "kty": "EC", "crv": "P-256", "kid": "one", "use": "sig", "x": text(x), "y": text(y) })
    }

    /// A token with these claims, as the value of `Authorization`.
    pub(crate) fn bearer(&self, kind: &str, claims: &Value) -> String {
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let header = json!({ "alg": "ES256", "typ": kind, "kid": "one" });
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = self.pair.sign(&self.random, signed.as_bytes()).unwrap();
        let signature = BASE64URL_NOPAD.encode(signature.as_ref());
        format!("Authorization: Bearer {signed}.{signature}")
    }
}

//! A client that proves that it holds a key (RFC 9449).

use data_encoding::BASE64URL_NOPAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A key of a client.
pub struct ClientKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl Default for ClientKey {
    fn default() -> Self {
        Self::new()
    }
}

impl ClientKey {
    /// Another one each time.
    pub fn new() -> Self {
        let (random, kind) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let made = EcdsaKeyPair::generate_pkcs8(kind, &random).expect("a key is made");
        let pair = EcdsaKeyPair::from_pkcs8(kind, made.as_ref(), &random).expect("it is read");
        Self { pair, random }
    }

    /// What an access token that is bound to it names it by (RFC 7638).
    pub fn thumbprint(&self) -> String {
        let members = self.public().to_string();
        BASE64URL_NOPAD.encode(&Sha256::digest(members.as_bytes()))
    }

    /// A proof with these claims.
    pub fn prove(&self, claims: &Value) -> String {
        let head = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.public()});
        let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", encode(&head), encode(claims));
        let signature = self
            .pair
            .sign(&self.random, signed.as_bytes())
            .expect("it signs");
        format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
    }

    /// Its members in the order of RFC 7638.
    fn public(&self) -> Value {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        json!({"crv": "P-256", "kty": "EC", "x": text(x), "y": text(y)})
    }
}

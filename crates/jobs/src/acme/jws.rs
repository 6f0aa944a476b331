//! What is sent to an ACME server is signed (RFC 7515, RFC 8555 section 6.2): ES256 over a flattened JSON form.

use data_encoding::BASE64URL_NOPAD;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::client::AcmeError;

/// The key of an account.
pub(super) struct AccountKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

/// Who signs: the account by its URL, or, before there is one, the key itself.
#[derive(Clone, Copy)]
pub(super) enum Signer<'a> {
    Key,
    Account(&'a str),
}

impl AccountKey {
    /// A new key, in DER (PKCS #8).
    pub(super) fn generate() -> Result<Vec<u8>, AcmeError> {
        let made =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        Ok(made.map_err(|_| AcmeError::Key)?.as_ref().to_vec())
    }

    /// The key that this is.
    pub(super) fn read(pkcs8: &[u8]) -> Result<Self, AcmeError> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &random)
            .map_err(|_| AcmeError::Key)?;
        Ok(Self { pair, random })
    }

    /// The public half (RFC 7517), its members in the order of RFC 7638.
    fn public(&self) -> Value {
        // 0x04, x, y
        let point = self.pair.public_key().as_ref();
        let (x, y) = point.get(1..).unwrap_or_default().split_at(32);
        json!({
            "crv": "P-256", "kty": "EC",
            "x": BASE64URL_NOPAD.encode(x), "y": BASE64URL_NOPAD.encode(y),
        })
    }

    /// What a proof is bound to the account with: the token and the key's thumbprint (RFC 8555 section 8.1).
    pub(super) fn authorization(&self, token: &str) -> String {
        let thumbprint: [u8; 32] = Sha256::digest(self.public().to_string().as_bytes()).into();
        format!("{token}.{}", BASE64URL_NOPAD.encode(&thumbprint))
    }

    /// A signed request; without a payload it only reads (POST-as-GET).
    pub(super) fn sign(
        &self,
        signer: Signer<'_>,
        url: &str,
        nonce: &str,
        payload: Option<&Value>,
    ) -> Result<Value, AcmeError> {
        let mut header = json!({ "alg": "ES256", "nonce": nonce, "url": url });
        match signer {
            Signer::Key => header["jwk"] = self.public(),
            Signer::Account(account) => header["kid"] = json!(account),
        }
        let payload = payload.map_or_else(String::new, Value::to_string);
        flattened(&header, &payload, |text| {
            let signature = self.pair.sign(&self.random, text);
            Ok(signature.map_err(|_| AcmeError::Key)?.as_ref().to_vec())
        })
    }

    /// The proof that an account outside of ACME agrees (RFC 8555 section 7.3.4).
    pub(super) fn bind(&self, key_id: &str, key: &str, url: &str) -> Result<Value, AcmeError> {
        let secret = BASE64URL_NOPAD
            .decode(key.trim_end_matches('=').as_bytes())
            .map_err(|_| AcmeError::ExternalKey)?;
        let header = json!({ "alg": "HS256", "kid": key_id, "url": url });
        flattened(&header, &self.public().to_string(), |text| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
            Ok(hmac::sign(&key, text).as_ref().to_vec())
        })
    }
}

fn flattened(
    header: &Value,
    payload: &str,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, AcmeError>,
) -> Result<Value, AcmeError> {
    let protected = BASE64URL_NOPAD.encode(header.to_string().as_bytes());
    let payload = BASE64URL_NOPAD.encode(payload.as_bytes());
    let signature = sign(format!("{protected}.{payload}").as_bytes())?;
    Ok(json!({
        "protected": protected, "payload": payload,
        "signature": BASE64URL_NOPAD.encode(&signature),
    }))
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    #[test]
    fn what_is_signed_verifies_with_the_key_in_it() {
        let key = AccountKey::read(&AccountKey::generate().unwrap()).unwrap();
        let payload = json!({ "a": 1 });
        let signed = key
            .sign(Signer::Key, "https://ca.test/new", "n1", Some(&payload))
            .unwrap();
        let part = |name: &str| signed[name].as_str().unwrap().to_owned();
        let header = BASE64URL_NOPAD
            .decode(part("protected").as_bytes())
            .unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header["nonce"], "n1");
        let coordinate = |name: &str| {
            let text = header["jwk"][name].as_str().unwrap();
            BASE64URL_NOPAD.decode(text.as_bytes()).unwrap()
        };
        let point = [vec![4], coordinate("x"), coordinate("y")].concat();
        let text = format!("{}.{}", part("protected"), part("payload"));
        let signature = BASE64URL_NOPAD
            .decode(part("signature").as_bytes())
            .unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(text.as_bytes(), &signature)
            .unwrap();
    }

    #[test]
    fn reading_has_an_empty_payload() {
        let key = AccountKey::read(&AccountKey::generate().unwrap()).unwrap();
        let account = Signer::Account("https://ca.test/account/1");
        let signed = key.sign(account, "https://ca.test/order/1", "n", None);
        assert_eq!(signed.unwrap()["payload"], "");
    }

    #[test]
    fn the_members_of_a_key_stand_in_the_order_of_the_thumbprint() {
        let key = AccountKey::read(&AccountKey::generate().unwrap()).unwrap();
        let text = key.public().to_string();
        let place = |name: &str| text.find(&format!("\"{name}\":")).unwrap();
        assert!(
            place("crv") < place("kty") && place("kty") < place("x") && place("x") < place("y")
        );
    }
}

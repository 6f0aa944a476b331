//! The public half of a signing key as a JSON Web Key (RFC 7517, RFC 7518 section 6, RFC 8037).

use data_encoding::BASE64URL_NOPAD;
use domain::oauth::{RSA_EXPONENT, SigningAlgorithm};
use serde_json::{Value, json};
use store::signing_keys::SigningKey as Row;

/// The key, for everybody to see.
pub(super) fn public(key: &Row) -> Value {
    let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let mut jwk = match key.algorithm {
        SigningAlgorithm::RS256 => {
            json!({ "kty": "RSA", "n": text(&key.public_key), "e": text(&RSA_EXPONENT) })
        }
        SigningAlgorithm::ES256 => {
            // 0x04, x, y
            let point = key.public_key.get(1..).unwrap_or_default();
            let (x, y) = point.split_at(point.len() / 2);
            json!({ "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y) })
        }
        SigningAlgorithm::EdDSA => {
            json!({ "kty": "OKP", "crv": "Ed25519", "x": text(&key.public_key) })
        }
    };
    jwk["kid"] = json!(key.id);
    jwk["use"] = json!("sig");
    jwk["alg"] = json!(key.algorithm);
    jwk
}

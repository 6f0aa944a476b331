//! Keys of JSON Web Tokens as JWKs (RFC 7517): what other gateways keep as a secret or in PEM.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use gateway_policies::jose::key::Key;
use serde_json::{Value, json};

/// ASN.1 tags (X.690).
const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// Object identifiers: rsaEncryption, id-ecPublicKey's curves P-256 and P-384, id-Ed25519.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// A shared secret for one algorithm.
pub(crate) fn of_secret(secret: &[u8], algorithm: &str) -> Result<String, String> {
    let k = BASE64URL_NOPAD.encode(secret);
    checked(json!({ "kty": "oct", "alg": algorithm, "k": k }))
}

/// A public key in PEM, for one algorithm.
pub(crate) fn of_pem(pem: &str, algorithm: &str) -> Result<String, String> {
    let body: String = pem
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let der = BASE64
        .decode(body.as_bytes())
        .map_err(|_| "its key is not PEM")?;
    let jwk = match pem.contains("BEGIN RSA PUBLIC KEY") {
        true => rsa(&der),
        false => spki(&der),
    };
    let mut jwk = jwk.ok_or("its key is no public key of RSA, P-256, P-384 or Ed25519")?;
    jwk["alg"] = json!(algorithm);
    checked(jwk)
}

/// What the gateway would not take is said now.
fn checked(jwk: Value) -> Result<String, String> {
    let text = jwk.to_string();
    Key::of_credential(text.as_bytes())
        .map_err(|error| format!("its key cannot be used: {error}"))?;
    Ok(text)
}

/// SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7).
fn spki(der: &[u8]) -> Option<Value> {
    let (info, _) = take(der, SEQUENCE)?;
    let (algorithm, rest) = take(info, SEQUENCE)?;
    let (bits, _) = take(rest, BITS)?;
    let (0, key) = bits.split_first().map(|(unused, key)| (*unused, key))? else {
        return None;
    };
    let (kind, parameters) = take(algorithm, OBJECT)?;
    match kind {
        RSA => rsa(key),
        ED25519 => Some(json!({ "kty": "OKP", "crv": "Ed25519", "x": text(key) })),
        _ => {
            let (curve, half) = match take(parameters, OBJECT)?.0 {
                P256 => ("P-256", 32),
                P384 => ("P-384", 48),
                _ => return None,
            };
            // an uncompressed point (SEC 1, section 2.3.3)
            let point = key.strip_prefix(&[4]).filter(|it| it.len() == 2 * half)?;
            let (x, y) = point.split_at(half);
            Some(json!({ "kty": "EC", "crv": curve, "x": text(x), "y": text(y) }))
        }
    }
}

/// RSAPublicKey (RFC 8017, appendix A.1.1).
fn rsa(der: &[u8]) -> Option<Value> {
    let (numbers, _) = take(der, SEQUENCE)?;
    let (n, rest) = take(numbers, INTEGER)?;
    let (e, _) = take(rest, INTEGER)?;
    let plain = |number: &[u8]| {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        text(&number[zeros..])
    };
    Some(json!({ "kty": "RSA", "n": plain(n), "e": plain(e) }))
}

fn text(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// The content of an element with this tag, and what follows it (DER, X.690 section 8.1).
fn take(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    if *found != tag {
        return None;
    }
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match *first {
        short if short < 0x80 => (usize::from(short), rest),
        long => {
            let digits = usize::from(long & 0x7f);
            if !(1..=4).contains(&digits) || rest.len() < digits {
                return None;
            }
            let (digits, rest) = rest.split_at(digits);
            let length = digits
                .iter()
                .fold(0, |sum, digit| (sum << 8) | usize::from(*digit));
            (length, rest)
        }
    };
    (rest.len() >= length).then(|| rest.split_at(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RSA: &str = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqiwYClhipyugQd8fRWDm\nuCn9gceBDWKkLvEO+/GcV0V2HVpN5a1TLMZ/StIrX4ZOVvpOzc9qhd7Zi/Egwc5Q\nx2JFLtzwiH+cl9kNKSGzSYPLjJTX3Rm3Ojk3aessSWyeHCVvzBvYwNXfORACyVRn\nSy42iVzMFwaMs4+OAC4seQv3Y6+17k3rE6S5fcHuajhNbLmESKhD3VUtTbRZYi06\nsFGSU8KdEuwsb2Ecw2MaWUcmnIKS8zLlqgzbR9mNGqrtabybZyfKu8VkWpUxcCdl\nvrUsGgqiGyyWxBuZ6JGEq8TVUOjUuZKJ2mTe78nTeVcHySxU5JMcRbHhaPPtPBDm\nNwIDAQAB\n-----END PUBLIC KEY-----";
    const RSA_PLAIN: &str = "-----BEGIN RSA PUBLIC KEY-----\nMIIBCgKCAQEAqiwYClhipyugQd8fRWDmuCn9gceBDWKkLvEO+/GcV0V2HVpN5a1T\nLMZ/StIrX4ZOVvpOzc9qhd7Zi/Egwc5Qx2JFLtzwiH+cl9kNKSGzSYPLjJTX3Rm3\nOjk3aessSWyeHCVvzBvYwNXfORACyVRnSy42iVzMFwaMs4+OAC4seQv3Y6+17k3r\nE6S5fcHuajhNbLmESKhD3VUtTbRZYi06sFGSU8KdEuwsb2Ecw2MaWUcmnIKS8zLl\nqgzbR9mNGqrtabybZyfKu8VkWpUxcCdlvrUsGgqiGyyWxBuZ6JGEq8TVUOjUuZKJ\n2mTe78nTeVcHySxU5JMcRbHhaPPtPBDmNwIDAQAB\n-----END RSA PUBLIC KEY-----";
    const EC: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEnzbLoSEAPZMyrBvZg2vKXRs5VYdI\n7e0JvWy5A9Z6sYm2H5xD8kcGVqAITxczFlNEkCi8F1YQ320/P8mSjJSXEQ==\n-----END PUBLIC KEY-----";
    const OKP: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAvccNxpg9cj5udTA1TzZNcroiBa5GYnYlrPuUD/oXltw=\n-----END PUBLIC KEY-----";
    const P521: &str = "-----BEGIN PUBLIC KEY-----\nMIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQBa6vAI/rehquwiHh54iCiRoQBetVN\n99xU5k8OlDaHQqJ643O3wsx19rNWPJip53nuXhwRe7sxo5031VOt8TCIX04BEcP5\nVg31yB69UmZhGslNOLA5HCyYKRDVpIjvnnqeGGUd9T0qs8hDBPyj+jJ+/Q5ta+sW\nPQQrKg0sjtt7rpdjMXQ=\n-----END PUBLIC KEY-----";

    #[test]
    fn public_keys_in_pem_become_jwks() {
        for (pem, algorithm, kind) in [
            (RSA, "RS256", "RSA"),
            (RSA_PLAIN, "PS384", "RSA"),
            (EC, "ES256", "EC"),
            (OKP, "EdDSA", "OKP"),
        ] {
            let jwk = of_pem(pem, algorithm).expect(algorithm);
            let jwk: Value = serde_json::from_str(&jwk).expect("JSON");
            assert_eq!(
                (&jwk["kty"], &jwk["alg"]),
                (&json!(kind), &json!(algorithm))
            );
        }
        // both forms of one RSA key are the same key
        assert_eq!(of_pem(RSA, "RS256"), of_pem(RSA_PLAIN, "RS256"));
    }

    #[test]
    fn keys_that_cannot_be_used_are_told() {
        for (pem, algorithm) in [
            (P521, "ES512"),
            (RSA, "ES256"),
            ("nothing", "RS256"),
            ("", "RS256"),
        ] {
            assert!(of_pem(pem, algorithm).is_err(), "{algorithm}");
        }
        assert!(of_secret(b"short", "HS256").is_err());
        assert!(of_secret(&[7; 32], "HS256").is_ok());
        assert!(of_secret(&[7; 32], "RS256").is_err());
    }
}

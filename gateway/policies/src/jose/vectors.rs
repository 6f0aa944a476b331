//! The examples of RFC 7515 (appendix A), RFC 8037 (appendix A) and RFC 4231, and that nothing which is not one of them verifies.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde_json::{Value, json};

use super::algorithm::Algorithm;
use super::compact::Compact;
use super::key::{Key, KeyError};
use super::key_set::{KeySet, Unverified};
use super::making;

const PAYLOAD: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const A1_KEY: &str =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
const A1_SIGNATURE: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const A2_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const A2_SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const A3_SIGNATURE: &str =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
const ED_TOKEN: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

fn jwk(value: Value) -> Key {
    Key::from_jwk(&value, &[Algorithm::RS256]).unwrap()
}

fn rsa() -> Key {
    jwk(json!({"kty": "RSA", "n": A2_N, "e": "AQAB"}))
}

fn ec() -> Key {
    jwk(json!({
        "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }))
}

fn ed() -> Key {
    jwk(json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}))
}

fn secret() -> Key {
    let secret = BASE64URL_NOPAD.decode(A1_KEY.as_bytes()).unwrap();
    Key::secret(&secret, Algorithm::HS256).unwrap()
}

fn vectors() -> Vec<(&'static str, String, Key)> {
    vec![
        (
            "HS256",
            format!("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{PAYLOAD}.{A1_SIGNATURE}"),
            secret(),
        ),
        (
            "RS256",
            format!("eyJhbGciOiJSUzI1NiJ9.{PAYLOAD}.{A2_SIGNATURE}"),
            rsa(),
        ),
        (
            "ES256",
            format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}.{A3_SIGNATURE}"),
            ec(),
        ),
        ("EdDSA", ED_TOKEN.to_owned(), ed()),
    ]
}

fn verify(token: &str, key: &Key) -> Result<(), Unverified> {
    let token = Compact::parse(token).unwrap();
    KeySet::of(vec![key.clone()]).verify(&token, &Algorithm::ALL)
}

#[test]
fn the_examples_verify_with_their_own_key_only() {
    let vectors = vectors();
    for (name, token, key) in &vectors {
        assert_eq!(verify(token, key), Ok(()), "{name}");
        for (other, _, key) in vectors.iter().filter(|(other, ..)| other != name) {
            assert_eq!(
                verify(token, key),
                Err(Unverified::Algorithm),
                "{name} {other}"
            );
        }
    }
    let payload = Compact::parse(&vectors[0].1).unwrap().payload().unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(claims["http://example.com/is_root"], json!(true));
}

#[test]
fn one_bit_anywhere_breaks_them() {
    for (name, token, key) in vectors() {
        let signed = token.rfind('.').unwrap();
        for place in 0..token.len() {
            if token.as_bytes()[place] == b'.' {
                continue;
            }
            let mut bytes = token.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(bytes).unwrap();
            let taken = Compact::parse(&altered).ok().is_some_and(|token| {
                KeySet::of(vec![key.clone()])
                    .verify(&token, &Algorithm::ALL)
                    .is_ok()
            });
            assert!(!taken, "{name}: {place} of {signed}");
        }
    }
}

#[test]
fn the_algorithm_is_the_keys_and_never_the_headers() {
    let part = |value: Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    // the old trick: the public key's bytes as a shared secret
    let n = BASE64URL_NOPAD.decode(A2_N.as_bytes()).unwrap();
    for material in [n.as_slice(), A2_N.as_bytes()] {
        let signer = making::Signer::Secret(ring::hmac::HMAC_SHA256, material.to_vec());
        let token = signer.token_with(&json!({"alg": "HS256"}), &json!({"sub": "x"}));
        assert_eq!(verify(&token, &rsa()), Err(Unverified::Algorithm));
    }
    for alg in [
        "none", "None", "nOnE", "", "RS1", "HS256", "RS512", "PS256", "ES512", "rs256", "RS256 ",
    ] {
        for signature in ["", A2_SIGNATURE] {
            let token = format!("{}.{PAYLOAD}.{signature}", part(json!({"alg": alg})));
            assert_eq!(verify(&token, &rsa()), Err(Unverified::Algorithm), "{alg}");
        }
    }
    let token = vectors().remove(1).1;
    let parsed = Compact::parse(&token).unwrap();
    let set = KeySet::of(vec![rsa()]);
    assert_eq!(
        set.verify(&parsed, &[Algorithm::RS384]),
        Err(Unverified::Algorithm)
    );
}

#[test]
fn headers_that_bring_their_own_key_or_extensions_are_refused() {
    let signer = making::ed25519(1);
    let own = signer.jwk("k");
    for extra in [
        json!({"jku": "https://evil.example/jwks"}),
        json!({"x5u": "https://evil.example/cert"}),
        json!({"jwk": own}),
        json!({"crit": ["exp"], "exp": 1}),
        json!({"crit": []}),
        json!({"b64": false}),
        json!({"enc": "A128GCM"}),
        json!({"zip": "DEF"}),
    ] {
        let mut header = json!({"alg": "EdDSA"});
        header
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        let token = signer.token_with(&header, &json!({}));
        assert!(Compact::parse(&token).is_err(), "{header}");
    }
    assert!(
        Compact::parse(&signer.token_with(&json!({"alg": "EdDSA", "x5t": "a"}), &json!({})))
            .is_ok()
    );
}

#[test]
fn what_is_not_three_parts_of_base64url_is_refused() {
    let good = making::ed25519(1).token("k", &json!({}));
    let long = format!("{good}{}", "A".repeat(20_000));
    for bad in [
        "",
        ".",
        "..",
        "a.b",
        "....",
        "a.b.c.d.e",
        "a.b.c.d",
        &good.replace('.', ""),
        &format!("{good}="),
        &format!(" {good}"),
        &format!("{good}\n"),
        &long,
        "e30.e30.e30",
        "bnVsbA.e30.",
        "eyJhbGciOjF9.e30.",
        "eyJhbGciOiJIUzI1NiIsImFsZyI6Im5vbmUifQ.e30.",
    ] {
        assert!(Compact::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn of_two_keys_only_the_named_one_is_asked() {
    let (a, b) = (making::ed25519(1), making::ed25519(2));
    let keys = json!({"keys": [a.jwk("a"), b.jwk("b"), {"kty": "oct", "k": A1_KEY, "kid": "s"}]});
    let set = KeySet::parse(keys.to_string().as_bytes(), &[]).unwrap();
    let verify = |token: &str| set.verify(&Compact::parse(token).unwrap(), &Algorithm::ALL);
    let claims = json!({"sub": "x"});
    assert_eq!(verify(&a.token("a", &claims)), Ok(()));
    assert_eq!(verify(&a.token("b", &claims)), Err(Unverified::Signature));
    assert_eq!(verify(&a.token("c", &claims)), Err(Unverified::UnknownKey));
    assert_eq!(
        verify(&b.token_with(&json!({"alg": "EdDSA"}), &claims)),
        Ok(())
    );
    let secret = BASE64URL_NOPAD.decode(A1_KEY.as_bytes()).unwrap();
    let symmetric = making::Signer::Secret(ring::hmac::HMAC_SHA256, secret);
    assert_eq!(
        verify(&symmetric.token("s", &claims)),
        Err(Unverified::UnknownKey)
    );
    for signer in [making::p256(), making::p384()] {
        let set = KeySet::parse(
            json!({"keys": [signer.jwk("k")]}).to_string().as_bytes(),
            &[],
        )
        .unwrap();
        let token = signer.token("k", &claims);
        assert_eq!(
            set.verify(&Compact::parse(&token).unwrap(), &Algorithm::ALL),
            Ok(())
        );
    }
}

#[test]
fn keys_that_are_weak_or_for_something_else_are_refused() {
    let short = BASE64URL_NOPAD.encode(&[255; 128]);
    for bad in [
        json!({"kty": "RSA", "n": short, "e": "AQAB"}),
        json!({"kty": "RSA", "n": A2_N, "e": "AQABAQAB"}),
        json!({"kty": "RSA", "n": A2_N}),
        json!({"kty": "RSA", "n": A2_N, "e": "AQAB", "use": "enc"}),
        json!({"kty": "RSA", "n": A2_N, "e": "AQAB", "key_ops": ["encrypt"]}),
        json!({"kty": "RSA", "n": A2_N, "e": "AQAB", "alg": "HS256"}),
        json!({"kty": "RSA", "n": A2_N, "e": "AQAB", "alg": "none"}),
        json!({"kty": "RSA", "n": A2_N, "e": "AQAB", "alg": "RSA-OAEP"}),
        json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
        json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}),
        json!({"kty": "OKP", "crv": "X25519", "x": "AA"}),
        json!({"kty": "oct", "k": A1_KEY}),
        json!({"kty": 1}),
        json!("key"),
    ] {
        assert!(Key::from_jwk(&bad, &Algorithm::RSA).is_err(), "{bad}");
    }
    assert!(matches!(
        Key::secret(&[1; 31], Algorithm::HS256),
        Err(KeyError::Broken(_))
    ));
    assert!(Key::secret(&[1; 48], Algorithm::HS512).is_err());
    assert!(Key::secret(&[1; 64], Algorithm::RS256).is_err());
    assert!(KeySet::parse(b"{\"keys\": []}", &[]).is_err());
    assert!(KeySet::parse(b"<html>", &[]).is_err());
}

#[test]
fn hmacs_are_those_of_rfc_4231() {
    // test case 6: the only one whose key is long enough for every hash
    let key = [0xaa; 131];
    let data = b"Test Using Larger Than Block-Size Key - Hash Key First";
    for (algorithm, mac) in [
        (
            Algorithm::HS256,
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (
            Algorithm::HS384,
            "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
        ),
        (
            Algorithm::HS512,
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
        ),
    ] {
        let mac = HEXLOWER.decode(mac.as_bytes()).unwrap();
        let key = Key::secret(&key, algorithm).unwrap();
        assert!(key.verify(algorithm, data, &mac), "{algorithm:?}");
        assert!(
            !key.verify(algorithm, data, &mac[..16]),
            "a part of it is not enough"
        );
        assert!(!key.verify(algorithm, b"other", &mac));
    }
}

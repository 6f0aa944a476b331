//! The signatures of RFC 7520 (section 4): those that are taken verify, and the forms and curves that are not taken are refused.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::algorithm::Algorithm;
use super::compact::Compact;
use super::key::Key;
use super::key_set::{KeySet, Unverified};
use super::making;

/// Figure 8.
const PAYLOAD: &str = "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4";
/// Figure 3.
const N: &str = "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw";
const KID: &str = "bilbo.baggins@hobbiton.example";
/// Section 4.1.
const RS256: &str = "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg";
/// Section 4.2.
const PS384: &str = "cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw";
/// Section 4.3.
const ES512: &str = "AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPBu_u_sDDyYjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2";
/// Section 4.4.
const HS256: &str = "s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0";
const SECRET: &str = "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg";
const SECRET_KID: &str = "018c0ae5-4d9b-471b-bfd6-eef314bc7037";

/// A token with the header's members in the order of the figures, which is that of what was signed.
fn token(algorithm: &str, kid: &str, signature: &str) -> String {
    let header = format!("{{\"alg\":\"{algorithm}\",\"kid\":\"{kid}\"}}");
    let header = BASE64URL_NOPAD.encode(header.as_bytes());
    format!("{header}.{PAYLOAD}.{signature}")
}

fn rsa() -> Value {
    json!({"kty": "RSA", "kid": KID, "use": "sig", "n": N, "e": "AQAB"})
}

fn verify(token: &str, keys: Vec<Key>) -> Result<(), Unverified> {
    KeySet::of(keys).verify(&Compact::parse(token).unwrap(), &Algorithm::ALL)
}

#[test]
fn rsa_signatures_verify_with_the_padding_that_the_key_is_for() {
    for (name, signature, own) in [
        ("RS256", RS256, Algorithm::RS256),
        ("PS384", PS384, Algorithm::PS384),
    ] {
        let token = token(name, KID, signature);
        for algorithm in Algorithm::RSA {
            let key = Key::from_jwk(&rsa(), &[algorithm]).unwrap();
            let expected = if algorithm == own {
                Ok(())
            } else {
                Err(Unverified::Algorithm)
            };
            assert_eq!(verify(&token, vec![key]), expected, "{name} {algorithm:?}");
        }
    }
    // one padding's signature under the other's name
    for (name, signature) in [("PS256", RS256), ("RS384", PS384)] {
        let key = Key::from_jwk(&rsa(), &Algorithm::RSA).unwrap();
        let swapped = token(name, KID, signature);
        assert_eq!(verify(&swapped, vec![key]), Err(Unverified::Signature));
    }
}

#[test]
fn the_shared_secret_verifies_and_only_as_itself() {
    let secret = BASE64URL_NOPAD.decode(SECRET.as_bytes()).unwrap();
    let good = token("HS256", SECRET_KID, HS256);
    let key = || Key::secret(&secret, Algorithm::HS256).unwrap();
    assert_eq!(verify(&good, vec![key()]), Ok(()));
    let renamed = token("HS512", SECRET_KID, HS256);
    assert_eq!(verify(&renamed, vec![key()]), Err(Unverified::Algorithm));
    let published =
        json!({"kty": "oct", "kid": SECRET_KID, "use": "sig", "alg": "HS256", "k": SECRET});
    assert!(Key::from_jwk(&published, &[]).is_err());
}

#[test]
fn a_curve_that_is_not_taken_is_no_key_and_its_algorithm_no_algorithm() {
    let key = json!({
        "kty": "EC", "kid": KID, "use": "sig", "crv": "P-521",
        "x": "AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt",
        "y": "AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1",
    });
    assert!(Key::from_jwk(&key, &[]).is_err());
    let other = Key::from_jwk(&rsa(), &Algorithm::RSA).unwrap();
    let good = token("ES512", KID, ES512);
    assert_eq!(verify(&good, vec![other]), Err(Unverified::Algorithm));
}

#[test]
fn forms_without_a_payload_or_in_json_are_no_tokens() {
    let whole = token("HS256", SECRET_KID, HS256);
    // 4.5: the payload is sent beside the token, so that another one could be
    let detached = whole.replace(PAYLOAD, "");
    let secret = BASE64URL_NOPAD.decode(SECRET.as_bytes()).unwrap();
    let key = Key::secret(&secret, Algorithm::HS256).unwrap();
    assert_eq!(verify(&detached, vec![key]), Err(Unverified::Signature));
    // 4.6 to 4.8: the JSON forms, with headers that nobody signed
    for form in [
        json!({"payload": PAYLOAD, "protected": "eyJhbGciOiJIUzI1NiJ9", "header": {"kid": SECRET_KID}, "signature": HS256}),
        json!({"payload": PAYLOAD, "header": {"alg": "HS256", "kid": SECRET_KID}, "signature": HS256}),
        json!({"payload": PAYLOAD, "signatures": [{"protected": "eyJhbGciOiJIUzI1NiJ9", "signature": HS256}]}),
    ] {
        assert!(Compact::parse(&form.to_string()).is_err(), "{form}");
    }
}

/// The shapes by which verifiers have been fooled: numbers that ECDSA has no use for, signatures in another
/// encoding, of another length, and with something behind them.
#[test]
fn signatures_of_invalid_shapes_are_refused() {
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let order = data_encoding::HEXLOWER.decode(order.as_bytes()).unwrap();
    let (zero, one) = (vec![0; 32], [vec![0; 31], vec![1]].concat());
    let signer = making::p256();
    let key = Key::from_jwk(&signer.jwk("k"), &[]).unwrap();
    let message = b"anything";
    let good = signer.sign(message);
    assert!(key.verify(Algorithm::ES256, message, &good));
    let (r, s) = good.split_at(32);
    // the same two numbers as ASN.1 has them
    let asn1 = {
        let number = |bytes: &[u8]| [&[2, 33, 0], bytes].concat();
        [vec![0x30, 70], number(r), number(s)].concat()
    };
    let pairs = [
        [zero.clone(), zero.clone()],
        [zero.clone(), s.to_vec()],
        [r.to_vec(), zero],
        [order.clone(), s.to_vec()],
        [r.to_vec(), order.clone()],
        [one.clone(), order.clone()],
        [order.clone(), order],
        [one.clone(), one],
        [s.to_vec(), r.to_vec()],
        [vec![0xff; 32], vec![0xff; 32]],
    ];
    let mut bad: Vec<Vec<u8>> = pairs.map(|pair| pair.concat()).into();
    bad.extend([
        asn1,
        Vec::new(),
        good[..63].to_vec(),
        good[1..].to_vec(),
        [&good[..], &[0]].concat(),
        [&[0], &good[..]].concat(),
        [&good[..], &good[..]].concat(),
    ]);
    for signature in bad {
        assert!(
            !key.verify(Algorithm::ES256, message, &signature),
            "{signature:02x?}"
        );
    }
    // RSA: nothing, one byte less, one more, and numbers at and above the modulus
    let rsa = Key::from_jwk(&rsa(), &[Algorithm::RS256]).unwrap();
    let signature = BASE64URL_NOPAD.decode(RS256.as_bytes()).unwrap();
    let modulus = BASE64URL_NOPAD.decode(N.as_bytes()).unwrap();
    let signed = token("RS256", KID, "");
    let signed = signed.trim_end_matches('.').as_bytes();
    assert!(rsa.verify(Algorithm::RS256, signed, &signature));
    for bad in [
        Vec::new(),
        signature[1..].to_vec(),
        [&[0], &signature[..]].concat(),
        modulus,
        vec![0; 256],
        [vec![0; 255], vec![1]].concat(),
        vec![0xff; 256],
    ] {
        assert!(!rsa.verify(Algorithm::RS256, signed, &bad));
    }
}

#[test]
fn points_that_are_not_on_the_curve_verify_nothing() {
    let zero = BASE64URL_NOPAD.encode(&[0; 32]);
    let one = BASE64URL_NOPAD.encode(&[1; 32]);
    for (x, y) in [(&zero, &zero), (&one, &one), (&zero, &one)] {
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y});
        let refused = Key::from_jwk(&jwk, &[])
            .is_ok_and(|key| key.verify(Algorithm::ES256, b"anything", &[1; 64]));
        assert!(!refused, "{jwk}");
    }
    // the neutral point of Ed25519 signs everything for a careless verifier
    let neutral = BASE64URL_NOPAD.encode(&[&[1][..], &[0; 31]].concat());
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": neutral});
    let key = Key::from_jwk(&jwk, &[]).unwrap();
    let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let order = data_encoding::HEXLOWER.decode(order.as_bytes()).unwrap();
    let signature = [&[1][..], &[0; 31], &order].concat();
    assert!(!key.verify(Algorithm::EdDSA, b"anything", &signature));
    assert!(!key.verify(Algorithm::EdDSA, b"anything", &[0; 64]));
}

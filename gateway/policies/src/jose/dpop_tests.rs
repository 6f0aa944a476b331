//! Tests of proofs: the examples of RFC 9449, and what is not one.

use data_encoding::BASE64URL_NOPAD;
use domain::Timestamp;
use serde_json::{Value, json};

use super::algorithm::Algorithm;
use super::dpop::{LIFE, Proof, SKEW, Target};
use super::key::Key;
use super::making::{self, Signer};

/// RFC 9449, section 4.1, without the line breaks.
const AT_TOKEN_ENDPOINT: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
/// RFC 9449, section 7.1.
const AT_RESOURCE: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";
/// The access token of the same section.
const TOKEN: &str = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
/// The thumbprint of both, from section 6.1.
const THUMBPRINT: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

const TOKEN_ENDPOINT: Target<'static> = Target {
    method: "POST",
    scheme: "https",
    authority: "server.example.com",
    path: "/token",
    token: None,
};
const RESOURCE: Target<'static> = Target {
    method: "GET",
    scheme: "https",
    authority: "resource.example.org",
    path: "/protectedresource",
    token: Some(TOKEN),
};

#[test]
fn the_examples_of_the_standard_hold() {
    for (text, target, made) in [
        (AT_TOKEN_ENDPOINT, TOKEN_ENDPOINT, 1_562_262_616),
        (AT_RESOURCE, RESOURCE, 1_562_262_618),
    ] {
        let proof = Proof::verify(text).unwrap();
        assert_eq!(proof.thumbprint, THUMBPRINT);
        let at = |seconds: i64| proof.check(&target, Timestamp::from_seconds(made + seconds));
        for seconds in [0, LIFE - 1, -SKEW] {
            assert_eq!(at(seconds), Ok(()), "{seconds}");
        }
        assert_eq!(
            at(LIFE),
            Err("it is too old (`iat`); make a new one for each request")
        );
        assert_eq!(at(-SKEW - 1), Err("it was made in the future (`iat`)"));
    }
}

#[test]
fn a_proof_is_for_one_request_and_one_token() {
    let proof = Proof::verify(AT_RESOURCE).unwrap();
    let now = Timestamp::from_seconds(1_562_262_618);
    for (target, words) in [
        (
            Target {
                method: "POST",
                ..RESOURCE
            },
            "`htm`",
        ),
        (
            Target {
                scheme: "http",
                ..RESOURCE
            },
            "`htu`",
        ),
        (
            Target {
                authority: "resource.example.org:8443",
                ..RESOURCE
            },
            "`htu`",
        ),
        (
            Target {
                path: "/other",
                ..RESOURCE
            },
            "`htu`",
        ),
        (
            Target {
                token: Some("other"),
                ..RESOURCE
            },
            "`ath`",
        ),
    ] {
        let said = proof.check(&target, now).unwrap_err();
        assert!(said.contains(words), "{target:?}: {said}");
    }
    let without = Proof::verify(AT_TOKEN_ENDPOINT).unwrap();
    let with_token = Target {
        token: Some(TOKEN),
        ..TOKEN_ENDPOINT
    };
    let said = without.check(&with_token, Timestamp::from_seconds(1_562_262_616));
    assert_eq!(said, Err("it is for another token (`ath`)"));
    assert_ne!(without.hash(), proof.hash());
}

#[test]
fn thumbprints_are_those_of_the_standards() {
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    for (jwk, expected) in [
        // RFC 7638, section 3.1
        (
            json!({"kty": "RSA", "alg": "RS256", "kid": "2011-04-29", "n": n, "e": "AQAB"}),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
        ),
        // RFC 8037, appendix A.3
        (
            json!({"kty": "OKP", "crv": "Ed25519", "x": x}),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        ),
    ] {
        let key = Key::from_jwk(&jwk, &[]).unwrap();
        assert_eq!(key.thumbprint().as_deref(), Some(expected));
    }
    let secret = Key::secret(&[7; 32], Algorithm::HS256).unwrap();
    assert_eq!(secret.thumbprint(), None);
}

fn claims() -> Value {
    json!({"jti": "a", "htm": "GET", "htu": "https://a.example/", "iat": 1_562_262_618})
}

fn made(signer: &Signer, head: &Value, claims: &Value) -> String {
    let mut header = json!({"typ": "dpop+jwt", "alg": signer.algorithm(), "jwk": signer.jwk("k")});
    for (name, value) in head.as_object().unwrap() {
        header[name] = value.clone();
    }
    signer.token_with(&header, claims)
}

#[test]
fn every_kind_of_key_can_prove_itself() {
    for signer in [making::ed25519(1), making::p256(), making::p384()] {
        let proof = Proof::verify(&made(&signer, &json!({}), &claims())).unwrap();
        let decoded = BASE64URL_NOPAD.decode(proof.thumbprint.as_bytes());
        assert_eq!(decoded.unwrap().len(), 32);
        assert_eq!(proof.end(), 1_562_262_618 + LIFE);
    }
}

#[test]
fn what_is_no_proof_is_refused() {
    let (signer, other) = (making::p256(), making::p256());
    let head = |head: Value| made(&signer, &head, &claims());
    let mut private = signer.jwk("k");
    private["d"] = json!("AAAA");
    let mut broken = signer.jwk("k");
    broken["x"] = json!("AAAA");
    let mut lacking = Vec::new();
    for name in ["jti", "htm", "htu", "iat"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().shift_remove(name);
        lacking.push(made(&signer, &json!({}), &claims));
    }
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        made(&signer, &json!({}), &claims)
    };
    let good = head(json!({}));
    assert!(Proof::verify(&good).is_ok());
    for (text, words) in [
        (head(json!({"typ": "JWT"})), "`typ`"),
        (head(json!({"typ": null})), "`typ`"),
        (head(json!({"alg": "none"})), "`alg`"),
        (head(json!({"alg": "HS256"})), "`alg`"),
        (head(json!({"alg": "ES384"})), "signature"),
        (head(json!({"jwk": null})), "carries no key"),
        (head(json!({"jwk": other.jwk("k")})), "signature"),
        (head(json!({"jwk": private})), "private key"),
        (head(json!({"jwk": broken})), "no public key"),
        (
            head(json!({"jwk": {"kty": "oct", "k": "AAAA"}})),
            "private key",
        ),
        (head(json!({"jku": "https://evil.example"})), "key"),
        (head(json!({"crit": ["b64"]})), "extension"),
        (with("jti", json!("")), "`jti`"),
        (with("jti", json!("x".repeat(257))), "`jti`"),
        (with("iat", json!("now")), "`iat`"),
        (with("htu", json!(["https://a.example/"])), "`htu`"),
        (format!("{good}A"), ""),
        ("a.b.c".to_owned(), ""),
        (String::new(), ""),
    ] {
        let said = Proof::verify(&text).unwrap_err();
        assert!(said.contains(words), "{text}: {said}");
    }
    for text in lacking {
        assert!(Proof::verify(&text).is_err(), "{text}");
    }
}

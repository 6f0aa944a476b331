//! Tests of `key_auth`.

use data_encoding::BASE64URL_NOPAD;
use domain::id::SigningKeyId;
use domain::refusal::Refusal;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::exchange::Proof;
use crate::trial::{
    NOW, Table, anonymous, caller, compile, errors, header, id, run, sent, services,
};

const KEY: &str = "gh_live_0123456789abcdefghijklmnopqrstuv";

fn table() -> Table {
    let mut table = Table::default();
    table.hold(KEY, Ok(caller()));
    table.hold("revoked", Err(Refusal::CredentialRevoked));
    table
}

/// What comes of a GET with these headers: the code of the refusal, or nothing.
fn refusal(config: Value, target: &str, headers: &[(&str, &str)]) -> Option<Refusal> {
    let policy = compile("key_auth", config);
    let mut exchange = anonymous();
    let request = header("GET", target, headers);
    let verdict = run(policy.as_ref(), &request, &mut exchange, &services(table()));
    assert_eq!(exchange.caller.is_some(), verdict.is_ok());
    verdict.err().map(|failure| failure.refusal)
}

#[test]
fn keys_are_taken_from_the_places_that_are_named() {
    let bearer = format!("Bearer {KEY}");
    let query = format!("/x?a=b&api_key={KEY}");
    let cookie = format!("a=b; key={KEY}");
    let all =
        json!({"headers": ["X-Key"], "bearer": true, "query": ["api_key"], "cookies": ["key"]});
    for (config, target, headers, expected) in [
        (json!({}), "/", vec![("x-api-key", KEY)], None),
        (json!({}), "/", vec![], Some(Refusal::CredentialMissing)),
        (
            json!({}),
            "/",
            vec![("x-api-key", "")],
            Some(Refusal::CredentialMissing),
        ),
        (
            json!({}),
            "/",
            vec![("authorization", &*bearer)],
            Some(Refusal::CredentialMissing),
        ),
        (json!({}), &*query, vec![], Some(Refusal::CredentialMissing)),
        (
            json!({}),
            "/",
            vec![("x-api-key", "else")],
            Some(Refusal::CredentialUnknown),
        ),
        (
            json!({}),
            "/",
            vec![("x-api-key", "revoked")],
            Some(Refusal::CredentialRevoked),
        ),
        (all.clone(), "/", vec![("x-key", KEY)], None),
        (all.clone(), "/", vec![("authorization", &*bearer)], None),
        (
            all.clone(),
            "/",
            vec![("authorization", "Basic a2V5")],
            Some(Refusal::CredentialMissing),
        ),
        (all.clone(), &*query, vec![], None),
        (all.clone(), "/", vec![("cookie", &*cookie)], None),
        (
            all,
            &*query,
            vec![("x-key", "else")],
            Some(Refusal::CredentialUnknown),
        ),
    ] {
        assert_eq!(
            refusal(config, target, &headers),
            expected,
            "{target} {headers:?}"
        );
    }
    let long = "x".repeat(2_000);
    assert_eq!(
        refusal(json!({}), "/", &[("x-api-key", &long)]),
        Some(Refusal::CredentialUnknown)
    );
}

#[test]
fn refusals_never_hold_the_key_and_ask_for_one() {
    let policy = compile("key_auth", json!({"query": ["key"]}));
    for key in [
        "",
        "gh_live_0123456789abcdefghijklmnopqrstuvwxyz0123",
        "short",
        "revoked",
    ] {
        let request = header("GET", &format!("/?key={key}"), &[("x-api-key", key)]);
        let verdict = run(
            policy.as_ref(),
            &request,
            &mut anonymous(),
            &services(table()),
        );
        let failure = verdict.unwrap_err();
        assert!(key.is_empty() || key == "revoked" || !failure.detail.contains(key));
        assert!(
            failure
                .headers
                .iter()
                .any(|(name, _)| name == "www-authenticate")
        );
    }
}

#[test]
fn the_credential_is_kept_from_the_upstream() {
    let config =
        json!({"headers": ["X-Key"], "bearer": true, "query": ["key"], "cookies": ["key"]});
    let policy = compile("key_auth", config);
    let target = format!("/x?a=1&key={KEY}&b=2&k%65y=again");
    let bearer = format!("Bearer {KEY}");
    let cookie = format!("a=1; key={KEY}; b=2");
    let request = header(
        "GET",
        &target,
        &[
            ("x-key", "second"),
            ("authorization", &bearer),
            ("cookie", &cookie),
            ("cookie", "key=x"),
        ],
    );
    let mut exchange = anonymous();
    let no_header = header("GET", "/x", &[("authorization", &bearer)]);
    run(
        policy.as_ref(),
        &no_header,
        &mut exchange,
        &services(table()),
    )
    .unwrap();
    assert_eq!(
        sent(policy.as_ref(), &request, &mut exchange),
        "GET /x?a=1&b=2\ncookie: a=1; b=2"
    );
    // An Authorization that was not the credential is the upstream's own.
    let basic = header(
        "GET",
        "/",
        &[("authorization", "Basic eA=="), ("x-key", KEY)],
    );
    let mut exchange = anonymous();
    run(policy.as_ref(), &basic, &mut exchange, &services(table())).unwrap();
    assert_eq!(
        sent(policy.as_ref(), &basic, &mut exchange),
        "GET /\nauthorization: Basic eA=="
    );
    let shown = compile("key_auth", json!({"hide_credential": false}));
    let request = header("GET", "/", &[("x-api-key", KEY)]);
    let passed_on = sent(shown.as_ref(), &request, &mut anonymous());
    assert_eq!(passed_on, format!("GET /\nx-api-key: {KEY}"));
}

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (
            json!({"headers": []}),
            "names no place where a key may stand",
        ),
        (
            json!({"headers": ["a b"]}),
            "headers[0]: is not a header name",
        ),
        (
            json!({"headers": ["Authorization"]}),
            "headers[0]: cannot hold a bare key",
        ),
        (json!({"query": ["a&b"]}), "query[0]: may hold only"),
        (json!({"header": "X"}), "unknown field `header`"),
        (json!({"bearer": "yes"}), "bearer: invalid type"),
    ] {
        let said = errors("key_auth", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}

/// A token with these changes to a good header and good claims.
fn token(header: Value, claims: Value, signer: &SigningKey) -> String {
    let mut head = json!({"typ": "gh-playground+jwt", "alg": "EdDSA", "kid": Uuid::from_u128(9)});
    let now = NOW.seconds();
    let mut body = json!({
        "iss": "gatehouse", "sub": Uuid::from_u128(3), "app": Uuid::from_u128(1), "acc": Uuid::from_u128(2),
        "iat": now - 10, "exp": now + 890, "jti": Uuid::from_u128(4),
    });
    for (target, changes) in [(&mut head, header), (&mut body, claims)] {
        for (key, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => target.as_object_mut().unwrap().remove(key),
                value => target
                    .as_object_mut()
                    .unwrap()
                    .insert(key.clone(), value.clone()),
            };
        }
    }
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", encode(&head), encode(&body));
    let signature = signer.sign(signed.as_bytes());
    format!(
        "ghp_{signed}.{}",
        BASE64URL_NOPAD.encode(&signature.to_bytes())
    )
}

fn with_token(token: &str) -> Result<Proof, Refusal> {
    let signer = SigningKey::from_bytes(&[7; 32]);
    let mut table = table();
    let kid = SigningKeyId::new(Uuid::from_u128(9));
    table.signing.insert(kid, signer.verifying_key().to_bytes());
    let policy = compile("key_auth", json!({}));
    let mut exchange = anonymous();
    let request = header("GET", "/", &[("x-api-key", token)]);
    let verdict = run(policy.as_ref(), &request, &mut exchange, &services(table));
    verdict.map_err(|failure| failure.refusal)?;
    Ok(exchange.caller.unwrap().proof)
}

#[test]
fn playground_tokens_speak_for_a_subscription() {
    let signer = SigningKey::from_bytes(&[7; 32]);
    let good = token(json!({}), json!({}), &signer);
    assert_eq!(with_token(&good), Ok(Proof::Playground(id(3))));
}

#[test]
fn playground_tokens_that_were_tampered_with_are_refused() {
    let signer = SigningKey::from_bytes(&[7; 32]);
    let now = NOW.seconds();
    let mut bad: Vec<String> = Vec::new();
    for head in [
        json!({"alg": "none"}),
        json!({"alg": "HS256"}),
        json!({"typ": "JWT"}),
        json!({"typ": null}),
        json!({"kid": Uuid::from_u128(8)}),
        json!({"kid": "../key"}),
        json!({"crit": ["exp"]}),
        json!({"jwk": {}}),
        json!({"jku": "https://evil.example"}),
        json!({"x5u": "https://evil.example"}),
    ] {
        bad.push(token(head, json!({}), &signer));
    }
    for claims in [
        json!({"exp": now}),
        json!({"exp": now + 9_000}),
        json!({"exp": (now + 60).to_string()}),
        json!({"exp": null}),
        json!({"iat": now + 61, "exp": now + 600}),
        json!({"iat": i64::MIN, "exp": i64::MAX}),
        json!({"iss": "else"}),
        json!({"sub": null}),
        json!({"app": "x"}),
        json!({"acc": null}),
        json!({"jti": null}),
    ] {
        bad.push(token(json!({}), claims, &signer));
    }
    bad.push(token(
        json!({}),
        json!({}),
        &SigningKey::from_bytes(&[8; 32]),
    ));
    let good = token(json!({}), json!({}), &signer);
    for at in (4..good.len()).step_by(7) {
        let mut flipped = good.clone().into_bytes();
        flipped[at] = if flipped[at] == b'A' { b'B' } else { b'A' };
        bad.push(String::from_utf8(flipped).unwrap());
    }
    bad.extend([
        "ghp_".into(),
        "ghp_a.b.c".into(),
        format!("{good}="),
        format!("{good}.x"),
    ]);
    bad.push(format!("ghp_{}", "a".repeat(1_100)));
    for token in bad {
        assert_eq!(with_token(&token), Err(Refusal::TokenInvalid), "{token}");
    }
}

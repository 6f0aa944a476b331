//! Tests of `oauth2`.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use domain::credential::{CredentialKind, oauth_holder};
use domain::id::SigningKeyId;
use domain::oauth::SigningAlgorithm;
use domain::refusal::Refusal;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::contract::tests::operation;
use crate::exchange::Exchange;
use crate::jose::key::Key;
use crate::jose::making;
use crate::policy::Failure;
use crate::trial::{
    NOW, Table, anonymous, caller, compile, errors, header, id, run, sent, services,
};

const CLIENT: &str = "ghc_one";

fn number(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// A token with these changes to a good header and good claims.
fn token(head: &Value, claims: &Value) -> String {
    let now = NOW.seconds();
    let mut header = json!({"typ": "at+jwt", "alg": "EdDSA", "kid": number(9)});
    let mut body = json!({
        "iss": "https://portal.example", "sub": CLIENT, "client_id": CLIENT, "aud": "https://api.example",
        "iat": now - 10, "exp": now + 890, "jti": number(4), "scope": "read write",
        "grant": number(5), "family": number(6),
    });
    for (target, changes) in [(&mut header, head), (&mut body, claims)] {
        for (key, value) in changes.as_object().unwrap() {
            let members = target.as_object_mut().unwrap();
            match value {
                Value::Null => members.remove(key),
                value => members.insert(key.clone(), value.clone()),
            };
        }
    }
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", encode(&header), encode(&body));
    let signature = SigningKey::from_bytes(&[7; 32]).sign(signed.as_bytes());
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature.to_bytes()))
}

fn table() -> Table {
    let mut table = Table::default();
    let key = SigningKey::from_bytes(&[7; 32]).verifying_key().to_bytes();
    let access = Key::of_platform(SigningAlgorithm::EdDSA, &key).unwrap();
    table
        .access
        .insert(SigningKeyId::new(number(9)), Arc::new(access));
    // the playground's keys sign no access tokens
    table.signing.insert(SigningKeyId::new(number(8)), key);
    table.put(
        CredentialKind::OauthClient,
        &oauth_holder(CLIENT),
        Ok(caller()),
    );
    table
}

fn ask_in(
    table: Table,
    config: Value,
    token: &str,
    exchange: &mut Exchange,
) -> Result<(), Failure> {
    let policy = compile("oauth2", config);
    let bearer = format!("Bearer {token}");
    let request = header("GET", "/", &[("authorization", &bearer)]);
    let verdict = run(policy.as_ref(), &request, exchange, &services(table));
    assert_eq!(exchange.caller.is_some(), verdict.is_ok());
    verdict.map(drop)
}

fn ask(config: Value, token: &str) -> Result<(), Failure> {
    let mut exchange = anonymous();
    exchange.operation = domain::Id::NIL;
    ask_in(table(), config, token, &mut exchange)
}

fn refusal(config: Value, token: &str) -> Option<Refusal> {
    ask(config, token).err().map(|failure| failure.refusal)
}

fn challenge(failure: &Failure) -> &str {
    let mut headers = failure.headers.iter();
    let found = headers.find(|(name, _)| name == "www-authenticate");
    found.map_or("", |(_, value)| value.to_str().unwrap())
}

#[test]
fn a_token_of_the_platform_opens() {
    assert_eq!(refusal(json!({}), &token(&json!({}), &json!({}))), None);
    let alone = token(&json!({}), &json!({"grant": null, "family": null}));
    assert_eq!(refusal(json!({}), &alone), None);
    assert_eq!(
        refusal(json!({"require_person": true}), &alone),
        Some(Refusal::ScopeMissing)
    );
}

#[test]
fn the_key_says_with_what_it_signs() {
    let signer = making::p256();
    let key = Arc::new(Key::from_jwk(&signer.jwk("k"), &[]).unwrap());
    let ask = |alg: &str| {
        let mut table = table();
        table
            .access
            .insert(SigningKeyId::new(number(10)), key.clone());
        let header = json!({"typ": "at+jwt", "alg": alg, "kid": number(10)});
        let now = NOW.seconds();
        let claims = json!({"client_id": CLIENT, "iat": now, "exp": now + 60, "jti": number(4)});
        let token = signer.token_with(&header, &claims);
        let mut exchange = anonymous();
        exchange.operation = domain::Id::NIL;
        ask_in(table, json!({}), &token, &mut exchange)
            .err()
            .map(|failure| failure.refusal)
    };
    assert_eq!(ask("ES256"), None);
    for alg in ["EdDSA", "RS256", "ES384", "HS256", "none"] {
        assert_eq!(ask(alg), Some(Refusal::TokenInvalid), "{alg}");
    }
}

#[test]
fn what_the_platform_did_not_sign_is_refused() {
    let now = NOW.seconds();
    let mut bad = Vec::new();
    for head in [
        json!({"alg": "none"}),
        json!({"alg": "HS256"}),
        json!({"alg": "ES256"}),
        json!({"typ": "JWT"}),
        json!({"typ": "gh-playground+jwt"}),
        json!({"typ": null}),
        json!({"kid": number(8)}),
        json!({"kid": "../key"}),
        json!({"kid": null}),
        json!({"crit": ["exp"]}),
        json!({"jwk": {}}),
        json!({"jku": "https://evil.example"}),
        json!({"x5u": "https://evil.example"}),
    ] {
        bad.push(token(&head, &json!({})));
    }
    for claims in [
        json!({"exp": null}),
        json!({"exp": (now + 60).to_string()}),
        json!({"exp": now + 9_000}),
        json!({"iat": null}),
        json!({"iat": now + 60}),
        json!({"client_id": null}),
        json!({"client_id": 1}),
        json!({"client_id": "ghc_other"}),
        json!({"jti": null}),
        json!({"jti": "x"}),
        json!({"grant": 1}),
        json!({"family": "x"}),
    ] {
        bad.push(token(&json!({}), &claims));
    }
    let good = token(&json!({}), &json!({}));
    for at in (0..good.len()).step_by(11) {
        let mut flipped = good.clone().into_bytes();
        flipped[at] = if flipped[at] == b'A' { b'B' } else { b'A' };
        bad.push(String::from_utf8(flipped).unwrap());
    }
    bad.extend(["a.b.c".to_owned(), format!("{good}="), format!("{good}.x")]);
    for token in bad {
        let failure = ask(json!({}), &token).unwrap_err();
        assert_eq!(failure.refusal, Refusal::TokenInvalid, "{token}");
        assert_eq!(challenge(&failure), "Bearer error=\"invalid_token\"");
    }
    let over = ask(json!({}), &token(&json!({}), &json!({"exp": now - 5}))).unwrap_err();
    assert_eq!(over.refusal, Refusal::TokenExpired);
    assert_eq!(challenge(&over), "Bearer error=\"invalid_token\"");
}

#[test]
fn what_was_taken_back_is_refused() {
    let good = token(&json!({}), &json!({}));
    for revoked in [4, 5, 6] {
        let mut table = table();
        table.revoked.push(number(revoked));
        let mut exchange = anonymous();
        exchange.operation = domain::Id::NIL;
        let failure = ask_in(table, json!({}), &good, &mut exchange).unwrap_err();
        assert_eq!(failure.refusal, Refusal::CredentialRevoked);
        assert_eq!(challenge(&failure), "Bearer error=\"invalid_token\"");
    }
    for (refusal, status) in [
        (Refusal::CredentialRevoked, 401),
        (Refusal::CredentialExpired, 401),
        (Refusal::ApplicationSuspended, 403),
    ] {
        let mut table = table();
        table.put(
            CredentialKind::OauthClient,
            &oauth_holder(CLIENT),
            Err(refusal),
        );
        let mut exchange = anonymous();
        exchange.operation = domain::Id::NIL;
        let failure = ask_in(table, json!({}), &good, &mut exchange).unwrap_err();
        assert_eq!((failure.refusal, refusal.status()), (refusal, status));
    }
}

#[test]
fn scopes_come_from_the_configuration_and_the_document() {
    let with = |scope: &str| token(&json!({}), &json!({ "scope": scope }));
    assert_eq!(refusal(json!({"scopes": ["read"]}), &with("read")), None);
    let failure = ask(json!({"scopes": ["read", "delete"]}), &with("read")).unwrap_err();
    assert_eq!(failure.refusal, Refusal::ScopeMissing);
    assert_eq!(
        challenge(&failure),
        "Bearer error=\"insufficient_scope\", scope=\"read delete\""
    );

    let document = json!({
        "openapi": "3.1.0", "info": {"title": "T", "version": "1"},
        "components": {"securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X"},
            "login": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://x.example", "scopes": {}}}},
        }},
        "paths": {"/a": {"get": {"operationId": "a", "security": [{"key": []}, {"login": ["admin"]}, {"login": ["read", "list"]}],
            "responses": {}}}},
    });
    let on_operation = |config: Value, scope: &str| {
        let mut exchange = anonymous();
        exchange.contract = Some(operation(&document, "a"));
        let verdict = ask_in(table(), config, &with(scope), &mut exchange);
        verdict
            .map(|()| exchange.scopes.join(" "))
            .map_err(|failure| challenge(&failure).to_owned())
    };
    assert_eq!(
        on_operation(json!({}), "list read"),
        Ok("read list".to_owned())
    );
    assert_eq!(on_operation(json!({}), "admin"), Ok("admin".to_owned()));
    let wanted = "Bearer error=\"insufficient_scope\", scope=\"admin\"";
    assert_eq!(on_operation(json!({}), "read"), Err(wanted.to_owned()));
    let off = json!({"operation_scopes": false});
    assert_eq!(on_operation(off, "read"), Ok(String::new()));

    // a document that cannot be used opens nothing
    let mut exchange = anonymous();
    exchange.operation = id(77);
    let failure = ask_in(table(), json!({}), &with("read"), &mut exchange).unwrap_err();
    assert_eq!(failure.refusal, Refusal::PolicyFailed);
}

#[test]
fn audiences_are_checked_and_the_token_stays_here() {
    let good = token(&json!({}), &json!({}));
    let config =
        json!({"audiences": ["https://api.example"], "claim_headers": {"X-Person": "sub"}});
    let policy = compile("oauth2", config);
    let bearer = format!("Bearer {good}");
    let request = header(
        "GET",
        "/",
        &[("authorization", &bearer), ("x-person", "me")],
    );
    let mut exchange = anonymous();
    exchange.operation = domain::Id::NIL;
    run(policy.as_ref(), &request, &mut exchange, &services(table())).unwrap();
    assert_eq!(
        sent(policy.as_ref(), &request, &mut exchange),
        format!("GET /\nx-person: {CLIENT}")
    );
    let other = json!({"audiences": ["https://else.example"]});
    assert_eq!(refusal(other, &good), Some(Refusal::TokenInvalid));
}

#[test]
fn configurations_are_checked() {
    for (config, expected) in [
        (json!({"scopes": ["a b"]}), "scopes[0]: is not one scope"),
        (json!({"audiences": [""]}), "audiences[0]: is empty"),
        (json!({"header": "a b"}), "header: is not a header name"),
        (json!({"scope": "a"}), "unknown field `scope`"),
    ] {
        let said = errors("oauth2", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}

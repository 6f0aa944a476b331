//! Tests of `jwt` with keys that an issuer publishes: when they are fetched, kept, renewed and dropped.

use std::sync::Arc;

use domain::refusal::Refusal;
use serde_json::{Value, json};

use super::tests::{ISSUER, JWKS, ask, table, with};
use crate::exchange::Exchange;
use crate::jose::making::{self, Signer};
use crate::jose::remote::FLOOR;
use crate::policy::Outcome;
use crate::services::FetchError;
use crate::trial::{
    NOW, World, anonymous, compile, fetched, header, services_in, settled, view, wait,
};

fn keys(signers: &[(&str, &Signer)]) -> String {
    let keys: Vec<Value> = signers
        .iter()
        .map(|(kid, signer)| signer.jwk(kid))
        .collect();
    json!({ "keys": keys }).to_string()
}

fn later(seconds: i64) -> Exchange {
    let mut exchange = anonymous();
    exchange.now = domain::Timestamp::from_seconds(NOW.seconds() + seconds);
    exchange
}

fn lasting() -> Value {
    with("exp", json!(NOW.seconds() + 1_000_000))
}

#[test]
fn published_keys_are_fetched_once_and_again_when_they_rotate() {
    let (a, b) = (making::ed25519(1), making::ed25519(2));
    let world = Arc::new(World::default());
    world.answer(JWKS, Ok(fetched(200, &[], &keys(&[("a", &a)]))));
    let policy = compile("jwt", json!({"issuer": ISSUER, "jwks_url": JWKS}));
    let ask_at = |seconds, token: &str| ask(policy.as_ref(), token, &world, &mut later(seconds));
    let (old, new) = (a.token("a", &lasting()), b.token("b", &lasting()));
    assert_eq!(ask_at(0, &old), None);
    assert_eq!(ask_at(1, &old), None);
    assert_eq!(world.fetched().len(), 1);
    // an unknown key costs no fetch within the floor, however often it is sent
    for _ in 0..100 {
        assert_eq!(ask_at(2, &new), Some(Refusal::TokenInvalid));
    }
    assert_eq!(world.fetched().len(), 0);
    world.answer(JWKS, Ok(fetched(200, &[], &keys(&[("b", &b)]))));
    assert_eq!(ask_at(FLOOR, &new), None);
    assert_eq!(world.fetched().len(), 1);
    assert_eq!(
        ask_at(FLOOR + 1, &old),
        Some(Refusal::TokenInvalid),
        "the old key is gone"
    );
    assert_eq!(ask_at(FLOOR + 1, &new), None);
    assert_eq!(world.fetched().len(), 0);
}

#[test]
fn keys_are_renewed_beside_the_traffic_and_kept_for_a_while_when_that_fails() {
    let signer = making::ed25519(1);
    let world = Arc::new(World::default());
    world.answer(JWKS, Ok(fetched(200, &[], &keys(&[("a", &signer)]))));
    let config =
        json!({"issuer": ISSUER, "jwks_url": JWKS, "renew_seconds": 100, "keep_seconds": 1000});
    let policy = compile("jwt", config);
    let token = signer.token("a", &lasting());
    let ask_at = |seconds| ask(policy.as_ref(), &token, &world, &mut later(seconds));
    assert_eq!(ask_at(0), None);
    world.answer(JWKS, Err(FetchError::TimedOut));
    assert_eq!(ask_at(100), None);
    assert_eq!(world.fetched().len(), 1, "nobody waited for it");
    world.started().into_iter().for_each(wait);
    assert_eq!(world.fetched().len(), 1);
    assert_eq!(ask_at(999), None);
    world.started().into_iter().for_each(wait);
    assert_eq!(
        ask_at(1_030),
        Some(Refusal::PolicyFailed),
        "too old to be used"
    );
    world.answer(JWKS, Ok(fetched(200, &[], &keys(&[("a", &signer)]))));
    assert_eq!(
        ask_at(1_031),
        Some(Refusal::PolicyFailed),
        "not asked again so soon"
    );
    assert_eq!(ask_at(1_030 + FLOOR), None);
}

#[test]
fn an_endpoint_that_fails_or_lies_is_not_asked_for_each_request() {
    let signer = making::ed25519(1);
    let token = signer.token("a", &lasting());
    for answer in [
        Err(FetchError::TimedOut),
        Err(FetchError::TooLarge),
        Err(FetchError::Refused("private".into())),
        Ok(fetched(500, &[], &keys(&[("a", &signer)]))),
        Ok(fetched(200, &[], "<html>")),
        Ok(fetched(200, &[], "{}")),
        Ok(fetched(200, &[], "{\"keys\": []}")),
        Ok(fetched(
            200,
            &[],
            "{\"keys\": [{\"kty\": \"oct\", \"k\": \"AAAA\", \"kid\": \"a\"}]}",
        )),
    ] {
        let world = Arc::new(World::default());
        world.answer(JWKS, answer);
        let policy = compile("jwt", json!({"issuer": ISSUER, "jwks_url": JWKS}));
        for _ in 0..5 {
            let found = ask(policy.as_ref(), &token, &world, &mut later(0));
            assert_eq!(found, Some(Refusal::PolicyFailed));
        }
        assert_eq!(world.fetched().len(), 1);
    }
}

#[test]
fn all_who_wait_share_one_fetch() {
    let signer = making::ed25519(1);
    let world = Arc::new(World::default());
    world.answer(JWKS, Ok(fetched(200, &[], &keys(&[("a", &signer)]))));
    let policy = compile("jwt", json!({"issuer": ISSUER, "jwks_url": JWKS}));
    let authorization = format!("Bearer {}", signer.token("a", &lasting()));
    let header = header("GET", "/", &[("Authorization", &authorization)]);
    let request = view(&header);
    let services = services_in(table(), &world);
    let mut exchanges: Vec<Exchange> = (0..10).map(|_| anonymous()).collect();
    let waiting: Vec<Outcome<'_>> = exchanges
        .iter_mut()
        .map(|exchange| policy.request(&request, exchange, &services))
        .collect();
    for outcome in waiting {
        assert!(matches!(outcome, Outcome::Later(_)));
        assert!(settled(outcome).is_ok());
    }
    assert_eq!(world.fetched().len(), 1);
}

#[test]
fn discovery_finds_the_keys_of_this_issuer_only() {
    let signer = making::ed25519(1);
    let token = signer.token("a", &lasting());
    let check = |issuer: &str, jwks_uri: &str| {
        let world = Arc::new(World::default());
        let document = json!({"issuer": issuer, "jwks_uri": jwks_uri}).to_string();
        let at = format!("{ISSUER}/.well-known/openid-configuration");
        world.answer(&at, Ok(fetched(200, &[], &document)));
        for keys_at in [JWKS, "http://idp.example/keys"] {
            world.answer(keys_at, Ok(fetched(200, &[], &keys(&[("a", &signer)]))));
        }
        let policy = compile("jwt", json!({"issuer": ISSUER}));
        ask(policy.as_ref(), &token, &world, &mut later(0))
    };
    assert_eq!(check(ISSUER, JWKS), None);
    assert_eq!(
        check("https://other.example", JWKS),
        Some(Refusal::PolicyFailed)
    );
    assert_eq!(
        check(ISSUER, "http://idp.example/keys"),
        Some(Refusal::PolicyFailed)
    );
    assert_eq!(
        check(ISSUER, "file:///etc/passwd"),
        Some(Refusal::PolicyFailed)
    );
}

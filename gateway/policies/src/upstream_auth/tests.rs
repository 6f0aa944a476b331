//! Tests of `upstream_auth`; those of the signature itself are beside it.

use std::sync::Arc;

use bytes::Bytes;
use domain::Timestamp;
use domain::refusal::Refusal;
use pingora_http::ResponseHeader;
use serde_json::{Value, json};

use crate::policy::{Bodies, Body, Failure, Policy};
use crate::response::Response;
use crate::services::FetchError;
use crate::trial::{
    NOW, Table, World, anonymous, compile, errors, fetched, header, ready, sent, services_in,
    settled, view, wait,
};
use crate::upstream::UpstreamRequest;

const TOKENS: &str = "https://idp.example/token";

fn client() -> Value {
    json!({"client_credentials": {"token_url": TOKENS, "client_id": "gw", "client_secret": "s", "scopes": ["a", "b"]}})
}

/// `Authorization` of what the upstream gets, `seconds` after [`NOW`].
fn authorization(policy: &dyn Policy, world: &Arc<World>, seconds: i64) -> Result<String, Failure> {
    let mut head = header("GET", "/", &[("Authorization", "Bearer the callers own")]);
    let seen = head.clone();
    let mut exchange = anonymous();
    exchange.now = Timestamp::from_seconds(NOW.seconds() + seconds);
    let services = services_in(Table::default(), world);
    let mut upstream = UpstreamRequest::new(&mut head);
    let request = view(&seen);
    settled(policy.upstream_request(&request, &mut upstream, &mut exchange, &services))?;
    world.started().into_iter().for_each(wait);
    Ok(head.headers["authorization"].to_str().unwrap().to_owned())
}

fn token(text: &str, life: u32) -> String {
    json!({"access_token": text, "token_type": "Bearer", "expires_in": life}).to_string()
}

#[test]
fn fixed_credentials_replace_the_callers() {
    let request = header("GET", "/", &[("X-Key", "own"), ("Authorization", "own")]);
    let policy = compile(
        "upstream_auth",
        json!({"header": {"name": "X-Key", "value": "secret"}}),
    );
    let text = sent(policy.as_ref(), &request, &mut anonymous());
    assert!(
        text.contains("x-key: secret") && !text.contains("x-key: own"),
        "{text}"
    );
    let policy = compile(
        "upstream_auth",
        json!({"basic": {"username": "Aladdin", "password": "open sesame"}}),
    );
    let text = sent(policy.as_ref(), &request, &mut anonymous());
    assert!(
        text.contains("authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        "{text}"
    );
}

#[test]
fn a_token_is_fetched_once_and_used_until_shortly_before_its_end() {
    let world = Arc::new(World::default());
    world.answer(TOKENS, Ok(fetched(200, &[], &token("one", 100))));
    let policy = compile("upstream_auth", client());
    let ask = |seconds| authorization(policy.as_ref(), &world, seconds);
    assert_eq!(ask(0).unwrap(), "Bearer one");
    assert_eq!(ask(69).unwrap(), "Bearer one");
    let calls = world.fetched();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].body, "grant_type=client_credentials&scope=a+b");
    assert_eq!(calls[0].headers["authorization"], "Basic Z3c6cw==");
    world.answer(TOKENS, Ok(fetched(200, &[], &token("two", 100))));
    assert_eq!(ask(70).unwrap(), "Bearer two");
}

#[test]
fn a_token_that_the_upstream_does_not_take_is_forgotten() {
    let world = Arc::new(World::default());
    world.answer(TOKENS, Ok(fetched(200, &[], &token("one", 3_600))));
    let policy = compile("upstream_auth", client());
    assert_eq!(
        authorization(policy.as_ref(), &world, 0).unwrap(),
        "Bearer one"
    );
    let mut response = ResponseHeader::build(401, None).unwrap();
    let head = header("GET", "/", &[]);
    let services = services_in(Table::default(), &world);
    let request = view(&head);
    let mut from_upstream = Response::from_upstream(&mut response);
    ready(policy.response(&request, &mut from_upstream, &mut anonymous(), &services)).unwrap();
    world.answer(TOKENS, Ok(fetched(200, &[], &token("two", 3_600))));
    assert_eq!(
        authorization(policy.as_ref(), &world, 1).unwrap(),
        "Bearer two"
    );
}

#[test]
fn without_a_token_nothing_is_sent_and_the_issuer_is_not_flooded() {
    for answer in [
        Err(FetchError::TimedOut),
        Ok(fetched(401, &[], "{}")),
        Ok(fetched(200, &[], "{}")),
        Ok(fetched(
            200,
            &[],
            "{\"access_token\": \"a\", \"token_type\": \"mac\"}",
        )),
        Ok(fetched(
            200,
            &[],
            "{\"access_token\": \"a\\nb\", \"token_type\": \"bearer\"}",
        )),
    ] {
        let world = Arc::new(World::default());
        world.answer(TOKENS, answer);
        let policy = compile("upstream_auth", client());
        for _ in 0..5 {
            let failure = authorization(policy.as_ref(), &world, 0).unwrap_err();
            assert_eq!(failure.refusal, Refusal::PolicyFailed);
        }
        assert_eq!(world.fetched().len(), 1);
        world.answer(TOKENS, Ok(fetched(200, &[], &token("late", 100))));
        assert_eq!(
            authorization(policy.as_ref(), &world, 2).unwrap(),
            "Bearer late"
        );
    }
}

#[test]
fn a_signature_covers_the_body() {
    let config = json!({"aws_sigv4": {"region": "eu-central-1", "service": "lambda", "access_key_id": "AK", "secret_access_key": "s", "session_token": "t"}});
    let policy = compile("upstream_auth", config);
    let expected = Bodies {
        request: Body::Buffer(1 << 20),
        response: Body::None,
    };
    assert_eq!(policy.bodies(), expected);
    let sign = |body: Option<&Bytes>| {
        let mut head = header(
            "POST",
            "/f?b=2&a=1",
            &[("Host", "lambda.example"), ("Authorization", "own")],
        );
        let seen = head.clone();
        let request = view(&seen).with_body(body);
        let services = services_in(Table::default(), &Arc::default());
        let mut upstream = UpstreamRequest::new(&mut head);
        let mut exchange = anonymous();
        ready(policy.upstream_request(&request, &mut upstream, &mut exchange, &services))
            .map(|_| head)
    };
    let (one, two) = (Bytes::from_static(b"one"), Bytes::from_static(b"two"));
    let first = sign(Some(&one)).unwrap();
    let second = sign(Some(&two)).unwrap();
    let authorization = first.headers["authorization"].to_str().unwrap();
    assert!(
        authorization
            .contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token"),
        "{authorization}"
    );
    assert_ne!(
        first.headers["authorization"],
        second.headers["authorization"]
    );
    assert_eq!(first.headers["x-amz-security-token"], "t");
    assert_eq!(sign(None).unwrap_err().refusal, Refusal::PolicyFailed);
}

#[test]
fn exactly_one_way_is_configured() {
    for (config, words) in [
        (json!({}), "exactly one"),
        (
            json!({"header": {"name": "X-A", "value": "b"}, "basic": {"username": "a", "password": "b"}}),
            "exactly one",
        ),
        (
            json!({"header": {"name": "Host", "value": "b"}}),
            "header.name",
        ),
        (
            json!({"header": {"name": "X-A", "value": "b\nc"}}),
            "header.value",
        ),
        (
            json!({"basic": {"username": "a:b", "password": "c"}}),
            "basic.username",
        ),
        (
            json!({"client_credentials": {"token_url": "x", "client_id": "a", "client_secret": "b"}}),
            "token_url",
        ),
        (
            json!({"aws_sigv4": {"region": "a/b", "service": "s", "access_key_id": "k", "secret_access_key": "s"}}),
            "region",
        ),
    ] {
        let found = errors("upstream_auth", &config);
        assert!(found.contains(words), "{config}: {found}");
    }
}

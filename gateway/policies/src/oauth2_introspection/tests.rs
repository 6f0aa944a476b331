//! Tests of `oauth2_introspection`.

use std::sync::Arc;

use domain::Timestamp;
use domain::credential::{CredentialKind, jwt_holder};
use domain::refusal::Refusal;
use serde_json::{Value, json};

use crate::policy::Policy;
use crate::services::{FetchError, Fetched};
use crate::trial::{
    NOW, Table, World, anonymous, caller, compile, errors, fetched, header, services_in, settled,
    view, wait,
};

const URL: &str = "https://idp.example/introspect";
const ISSUER: &str = "https://idp.example";

fn config(extra: Value) -> Value {
    let mut config = json!({"url": URL, "issuer": ISSUER, "client_id": "gw", "client_secret": "s"});
    config
        .as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    config
}

fn ask(policy: &dyn Policy, world: &Arc<World>, token: &str, seconds: i64) -> Option<Refusal> {
    let mut table = Table::default();
    table.put(
        CredentialKind::JwtIssuer,
        &jwt_holder(ISSUER, "app"),
        Ok(caller()),
    );
    let authorization = format!("Bearer {token}");
    let header = header("GET", "/", &[("Authorization", &authorization)]);
    let mut exchange = anonymous();
    exchange.now = Timestamp::from_seconds(NOW.seconds() + seconds);
    let services = services_in(table, world);
    let verdict = settled(policy.request(&view(&header), &mut exchange, &services));
    assert_eq!(exchange.caller.is_some(), verdict.is_ok());
    world.started().into_iter().for_each(wait);
    verdict.err().map(|failure| failure.refusal)
}

fn answer(body: &Value) -> Result<Fetched, FetchError> {
    Ok(fetched(200, &[], &body.to_string()))
}

#[test]
fn only_what_the_issuer_calls_active_passes() {
    let (invalid, failed) = (Some(Refusal::TokenInvalid), Some(Refusal::PolicyFailed));
    for (answer, expected) in [
        (answer(&json!({"active": true, "client_id": "app"})), None),
        (
            answer(
                &json!({"active": true, "client_id": "app", "iss": ISSUER, "exp": NOW.seconds() + 9}),
            ),
            None,
        ),
        (
            answer(&json!({"active": false, "client_id": "app"})),
            invalid,
        ),
        (
            answer(&json!({"active": true, "client_id": "app", "iss": "https://other"})),
            invalid,
        ),
        (
            answer(&json!({"active": true, "client_id": "app", "exp": NOW.seconds() - 1})),
            Some(Refusal::TokenExpired),
        ),
        (
            answer(&json!({"active": true, "client_id": "app", "exp": "soon"})),
            invalid,
        ),
        (
            answer(&json!({"active": true, "client_id": "other"})),
            Some(Refusal::ApplicationUnknown),
        ),
        (
            answer(&json!({"active": true})),
            Some(Refusal::ApplicationUnknown),
        ),
        (
            answer(&json!({"active": "true", "client_id": "app"})),
            failed,
        ),
        (answer(&json!({"client_id": "app"})), failed),
        (Ok(fetched(401, &[], "{\"active\": true}")), failed),
        (
            Ok(fetched(302, &[("location", "https://evil")], "")),
            failed,
        ),
        (Err(FetchError::TimedOut), failed),
    ] {
        let shown = format!("{answer:?}");
        let world = Arc::new(World::default());
        world.answer(URL, answer);
        let policy = compile("oauth2_introspection", config(json!({})));
        assert_eq!(
            ask(policy.as_ref(), &world, "token", 0),
            expected,
            "{shown}"
        );
    }
}

#[test]
fn answers_are_kept_for_a_while_and_failures_are_not() {
    let world = Arc::new(World::default());
    let policy = compile("oauth2_introspection", config(json!({"cache_seconds": 10})));
    let ask = |token: &str, seconds| ask(policy.as_ref(), &world, token, seconds);
    world.answer(URL, Err(FetchError::TimedOut));
    assert_eq!(ask("a", 0), Some(Refusal::PolicyFailed));
    world.answer(URL, answer(&json!({"active": true, "client_id": "app"})));
    assert_eq!(ask("a", 0), None);
    world.answer(URL, answer(&json!({"active": false})));
    assert_eq!(ask("a", 9), None, "kept");
    assert_eq!(
        ask("b", 9),
        Some(Refusal::TokenInvalid),
        "another token is another question"
    );
    assert_eq!(world.fetched().len(), 3);
    assert_eq!(ask("a", 10), Some(Refusal::TokenInvalid));
    assert_eq!(
        ask("a", 19),
        Some(Refusal::TokenInvalid),
        "that it is none is kept as well"
    );
    let calls = world.fetched();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].body, "token=a&token_type_hint=access_token");
    assert_eq!(calls[0].headers["authorization"], "Basic Z3c6cw==");
}

#[test]
fn an_answer_is_never_kept_beyond_the_tokens_end() {
    let world = Arc::new(World::default());
    let policy = compile(
        "oauth2_introspection",
        config(json!({"cache_seconds": 1000})),
    );
    let active = json!({"active": true, "client_id": "app", "exp": NOW.seconds() + 5});
    world.answer(URL, answer(&active));
    assert_eq!(ask(policy.as_ref(), &world, "a", 0), None);
    assert_eq!(ask(policy.as_ref(), &world, "a", 4), None);
    assert_eq!(world.fetched().len(), 1);
    assert_eq!(
        ask(policy.as_ref(), &world, "a", 5),
        Some(Refusal::TokenExpired)
    );
    assert_eq!(world.fetched().len(), 1);
}

#[test]
fn scopes_are_asked_for() {
    let world = Arc::new(World::default());
    world.answer(
        URL,
        answer(&json!({"active": true, "client_id": "app", "scope": "read"})),
    );
    let policy = compile("oauth2_introspection", config(json!({"scopes": ["write"]})));
    assert_eq!(
        ask(policy.as_ref(), &world, "a", 0),
        Some(Refusal::ScopeMissing)
    );
}

#[test]
fn configurations_are_checked() {
    let found = errors(
        "oauth2_introspection",
        &config(json!({"url": "x", "client_id": "", "cache_seconds": 9999})),
    );
    assert_eq!(found.lines().count(), 3, "{found}");
}

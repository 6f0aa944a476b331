//! Tests of `acl`.

use std::sync::Arc;

use domain::refusal::Refusal;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::exchange::Exchange;
use crate::trial::{Table, anonymous, compile, errors, exchange, header, id, run, services};

fn passes(config: &Value, exchange: &mut Exchange) -> bool {
    passes_with(Table::default(), config, exchange)
}

fn passes_with(table: Table, config: &Value, exchange: &mut Exchange) -> bool {
    let policy = compile("acl", config.clone());
    let request = header("GET", "/", &[]);
    let verdict = run(policy.as_ref(), &request, exchange, &services(table));
    if let Err(failure) = &verdict {
        assert_eq!(failure.refusal, Refusal::CallerNotAllowed);
    }
    verdict.is_ok()
}

fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

#[test]
fn rules_look_at_application_plan_and_product() {
    for (config, expected) in [
        (json!({"allow": [{"applications": [uuid(1)]}]}), true),
        (
            json!({"allow": [{"applications": [uuid(9), uuid(1)]}]}),
            true,
        ),
        (json!({"allow": [{"applications": [uuid(9)]}]}), false),
        (
            json!({"allow": [{"plans": [uuid(4)], "products": [uuid(5)]}]}),
            true,
        ),
        (
            json!({"allow": [{"plans": [uuid(4)], "products": [uuid(9)]}]}),
            false,
        ),
        (
            json!({"allow": [{"plans": [uuid(9)]}, {"products": [uuid(5)]}]}),
            true,
        ),
        (json!({"deny": [{"applications": [uuid(1)]}]}), false),
        (json!({"deny": [{"applications": [uuid(9)]}]}), true),
        (
            json!({"allow": [{"plans": [uuid(4)]}], "deny": [{"applications": [uuid(1)]}]}),
            false,
        ),
        (json!({"allow": [{"scopes": ["read"]}]}), false),
    ] {
        assert_eq!(passes(&config, &mut exchange()), expected, "{config}");
    }
}

#[test]
fn rules_look_at_every_subscription_of_the_application() {
    // it calls through product 5, and is subscribed to 6 as well
    let table = || Table {
        subscribed: vec![(id(1), id(5)), (id(1), id(6)), (id(2), id(7))],
        ..Table::default()
    };
    for (config, expected) in [
        (json!({"allow": [{"subscribed": [uuid(6)]}]}), true),
        (json!({"allow": [{"products": [uuid(6)]}]}), false),
        (
            json!({"allow": [{"subscribed": [uuid(7), uuid(8)]}]}),
            false,
        ),
        (json!({"deny": [{"subscribed": [uuid(6)]}]}), false),
        (json!({"deny": [{"subscribed": [uuid(7)]}]}), true),
    ] {
        let passed = passes_with(table(), &config, &mut exchange());
        assert_eq!(passed, expected, "{config}");
    }
    let allow = json!({"allow": [{"subscribed": [uuid(6)]}]});
    assert!(!passes_with(table(), &allow, &mut anonymous()));
}

#[test]
fn rules_look_at_the_token() {
    let claims = json!({"scope": "read write", "realm": {"roles": ["admin"]}, "tier": 2});
    for (config, expected) in [
        (json!({"allow": [{"scopes": ["read", "write"]}]}), true),
        (json!({"allow": [{"scopes": ["read", "erase"]}]}), false),
        (
            json!({"allow": [{"claims": {"realm.roles": "admin"}}]}),
            true,
        ),
        (
            json!({"allow": [{"claims": {"realm.roles": ["auditor", "admin"], "tier": 2}}]}),
            true,
        ),
        (json!({"allow": [{"claims": {"tier": "2"}}]}), false),
        (json!({"deny": [{"claims": {"tier": [1, 2]}}]}), false),
    ] {
        let mut exchange = exchange();
        exchange.claims = Some(Arc::new(claims.clone()));
        assert_eq!(passes(&config, &mut exchange), expected, "{config}");
    }
}

#[test]
fn nobody_fits_no_rule() {
    let allow = json!({"allow": [{"applications": [uuid(1)]}]});
    assert!(!passes(&allow, &mut anonymous()));
    let deny = json!({"deny": [{"applications": [uuid(1)]}]});
    assert!(passes(&deny, &mut anonymous()));
}

#[test]
fn a_rule_must_say_something() {
    let found = errors(
        "acl",
        &json!({"allow": [{}], "deny": [{"claims": {"a": null}}]}),
    );
    assert!(found.contains("allow[0]: has no key"), "{found}");
    assert!(found.contains("deny[0].claims.a: must be"), "{found}");
    assert!(errors("acl", &json!({})).contains("neither"));
    assert!(errors("acl", &json!({"allow": [{"application": []}]})).contains("application"));
}

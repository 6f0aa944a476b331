//! Tests of `acl`.

use std::sync::Arc;

use domain::refusal::Refusal;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::exchange::Exchange;
use crate::trial::{Table, anonymous, compile, errors, exchange, header, run, services};

fn passes(config: &Value, exchange: &mut Exchange) -> bool {
    let policy = compile("acl", config.clone());
    let request = header("GET", "/", &[]);
    let verdict = run(
        policy.as_ref(),
        &request,
        exchange,
        &services(Table::default()),
    );
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

//! Tests of `traffic_split`: its configuration, the shares, and who stays where.

use std::sync::Arc;

use pingora_http::ResponseHeader;
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::exchange::Exchange;
use crate::policy::Policy;
use crate::response::Response;
use crate::services::Services;
use crate::trial::{Table, compile, errors, exchange, header, id, ready, run, services, view};

fn branches() -> Value {
    json!([{"name": "stable", "weight": 90}, {"name": "canary", "upstream": "shop-next", "weight": 10}])
}

#[test]
fn configurations_are_checked() {
    let branches = branches();
    for (config, expected) in [
        (json!({}), "missing field `branches`"),
        (json!({"branches": []}), "branches: needs 1 to 16"),
        (
            json!({"branches": [{"name": "a", "weight": 0}]}),
            "branches: all have the weight 0",
        ),
        (
            json!({"branches": [{"name": "A", "weight": 1}]}),
            "branches[0].name: may hold",
        ),
        (
            json!({"branches": [branches[0], branches[0]]}),
            "branches[1].name: is there already",
        ),
        (
            json!({"branches": branches, "rules": [{"branch": "canary"}]}),
            "rules[0]: needs either",
        ),
        (
            json!({"branches": branches, "rules": [{"header": "X", "branch": "none"}]}),
            "rules[0].branch: is none",
        ),
        (
            json!({"branches": branches, "cookie": "__Host-x"}),
            "cookie: is not",
        ),
        (
            json!({"branches": branches, "sticky": "session"}),
            "sticky: unknown variant",
        ),
    ] {
        let said = errors("traffic_split", &config);
        assert!(said.contains(expected), "{config}: {said}");
    }
}

fn seeded() -> Services {
    Services {
        dice: Arc::new(Dice::seeded(11)),
        ..services(Table::default())
    }
}

fn steered(
    policy: &dyn Policy,
    services: &Services,
    headers: &[(&str, &str)],
    app: u128,
) -> String {
    let mut exchange = exchange();
    exchange.caller.as_mut().unwrap().application = id(app);
    let request = header("GET", "/", headers);
    run(policy, &request, &mut exchange, services).unwrap();
    exchange.steer.as_deref().unwrap_or("own").to_owned()
}

#[test]
fn shares_come_out_as_weighted() {
    let policy = compile("traffic_split", json!({"branches": branches()}));
    let services = seeded();
    let canary = (0..2_000)
        .filter(|_| steered(policy.as_ref(), &services, &[], 1) == "shop-next")
        .count();
    assert!((150..250).contains(&canary), "{canary}");
}

#[test]
fn an_application_stays_and_a_growing_canary_takes_only_from_the_others() {
    let split = |weight: u32| {
        let config = json!({"sticky": "application", "branches": [
            {"name": "stable", "weight": 100 - weight},
            {"name": "canary", "upstream": "shop-next", "weight": weight}]});
        compile("traffic_split", config)
    };
    let services = seeded();
    let (small, large) = (split(10), split(30));
    let mut moved = 0;
    for app in 1..=1_000 {
        let before = steered(small.as_ref(), &services, &[], app);
        assert_eq!(before, steered(small.as_ref(), &services, &[], app));
        let after = steered(large.as_ref(), &services, &[], app);
        assert!(before == after || after == "shop-next");
        moved += u32::from(before != after);
    }
    assert!((130..270).contains(&moved), "{moved}");
}

#[test]
fn rules_come_before_chance() {
    let config = json!({"branches": [{"name": "a", "weight": 1}, {"name": "b", "upstream": "b", "weight": 0}],
        "rules": [{"header": "X-Canary", "value": "no", "branch": "a"},
            {"header": "X-Canary", "branch": "b"}, {"cookie": "beta", "value": "1", "branch": "b"}]});
    let policy = compile("traffic_split", config);
    let services = seeded();
    for (headers, expected) in [
        (&[][..], "own"),
        (&[("X-Canary", "yes")], "b"),
        (&[("X-Canary", "no")], "own"),
        (&[("Cookie", "a=1; beta=1")], "b"),
        (&[("Cookie", "beta=2")], "own"),
    ] {
        assert_eq!(steered(policy.as_ref(), &services, headers, 1), expected);
    }
}

#[test]
fn a_cookie_keeps_a_caller_and_is_set_once() {
    let config = json!({"branches": branches(), "sticky": "cookie", "show_in": "X-Branch"});
    let policy = compile("traffic_split", config);
    let services = seeded();
    let answer = |cookie: Option<&str>| {
        let headers: Vec<_> = cookie.iter().map(|c| ("Cookie", *c)).collect();
        let request = header("GET", "/", &headers);
        let mut exchange: Exchange = exchange();
        run(policy.as_ref(), &request, &mut exchange, &services).unwrap();
        let mut response = ResponseHeader::build(200, None).unwrap();
        let mut seen = Response::from_upstream(&mut response);
        ready(policy.response(&view(&request), &mut seen, &mut exchange, &services)).unwrap();
        let text = |name: &str| {
            let value = response.headers.get(name);
            value.map(|value| value.to_str().unwrap().to_owned())
        };
        (text("set-cookie"), text("x-branch").unwrap())
    };
    let (cookie, branch) = answer(None);
    let expected = format!("gh_branch={branch}; Max-Age=86400; Path=/; HttpOnly; SameSite=Lax");
    assert_eq!(cookie, Some(expected));
    for _ in 0..50 {
        assert_eq!(
            answer(Some("gh_branch=canary")),
            (None, "canary".to_owned())
        );
    }
    assert!(answer(Some("gh_branch=gone")).0.is_some());
}

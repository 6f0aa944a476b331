//! Requests through whole pipelines: what callers and upstreams get.
#![expect(
    clippy::unwrap_used,
    reason = "a world that cannot be set up is a failed test"
)]

mod corpus;
mod limits;
mod world;

use domain::api::{Lifecycle, PolicyScope};
use gateway_snapshot::model::Entity;
use gateway_snapshot::settings::Access;
use world::{Call, KEY, World, policy};

#[test]
fn a_key_opens_and_is_kept_from_the_upstream() {
    let world = World::new(|_| {});
    let got = world.get("/a/things/1?x=1", &[("X-API-Key", KEY), ("Accept", "*/*")]);
    assert_eq!(got.outcome, "through");
    assert_eq!(
        got.sent,
        "GET /things/1?x=1
accept: */*
x-application-id: 00000000-0000-0000-0000-000000000006
x-credential-id: 00000000-0000-0000-0000-000000000008
x-subscription-id: 00000000-0000-0000-0000-000000000007
x-plan: plan-5"
    );
}

#[test]
fn without_a_policy_a_key_is_asked_for_all_the_same() {
    let world = World::new(|_| {});
    assert_eq!(world.get("/a/things/1", &[]).outcome, "credential_missing");
    let unknown = world.get("/a/things/1", &[("X-API-Key", "nobody's")]);
    assert_eq!(unknown.outcome, "credential_unknown");
    assert_eq!(unknown.header("www-authenticate"), Some("ApiKey"));
}

#[test]
fn an_open_route_asks_nobody() {
    let world = World::new(|entities| {
        for entity in entities.iter_mut() {
            if let Entity::Route(route) = entity {
                route.settings.access = Access::Open;
            }
        }
        entities.push(policy(20, "key_auth", PolicyScope::Global, 0, "{}"));
        let quota = r#"{"requests": 1, "period": "day"}"#;
        entities.push(policy(21, "quota", PolicyScope::Global, 0, quota));
    });
    for _ in 0..3 {
        let got = world.get("/a/things/1", &[("X-API-Key", KEY)]);
        assert_eq!(got.outcome, "through");
        assert!(!got.sent.contains("x-application-id"), "{}", got.sent);
    }
}

#[test]
fn a_route_without_subscriptions_keeps_the_policies_of_applications() {
    let set = |value: &str| format!(r#"{{"headers": {{"add": {{"X-Trail": "{value}"}}}}}}"#);
    let world = World::new(|entities| {
        for entity in entities.iter_mut() {
            if let Entity::Route(route) = entity {
                route.settings.access = Access::Authenticated;
            }
        }
        let quota = r#"{"requests": 2, "period": "day", "by": "application"}"#;
        for (n, scope, on, kind, config) in [
            (
                20,
                PolicyScope::Application,
                6,
                "request_transform",
                &*set("application"),
            ),
            (21, PolicyScope::Plan, 5, "request_transform", &set("plan")),
            (22, PolicyScope::Application, 6, "quota", quota),
        ] {
            entities.push(policy(n, kind, scope, on, config));
        }
    });
    for outcome in ["through", "through", "quota_exceeded"] {
        let got = world.get("/a/things/1", &[("X-API-Key", KEY)]);
        assert_eq!(got.outcome, outcome);
        if outcome == "through" {
            assert!(got.sent.contains("x-trail: application\n"), "{}", got.sent);
            assert!(!got.sent.contains("plan"), "{}", got.sent);
        }
    }
    assert_eq!(world.get("/a/things/1", &[]).outcome, "credential_missing");
}

#[test]
fn the_narrowest_authentication_replaces_the_wider() {
    let world = World::new(|entities| {
        let header = |name: &str| format!(r#"{{"headers": ["{name}"]}}"#);
        entities.push(policy(
            20,
            "key_auth",
            PolicyScope::Global,
            0,
            &header("X-Global"),
        ));
        entities.push(policy(
            21,
            "key_auth",
            PolicyScope::Route,
            3,
            &header("X-Route"),
        ));
    });
    let by = |name: &str| world.get("/a/things/1", &[(name, KEY)]).outcome;
    assert_eq!(by("X-Route"), "through");
    assert_eq!(by("X-Global"), "credential_missing");
    assert_eq!(by("X-API-Key"), "credential_missing");
}

#[test]
fn transformations_run_from_the_widest_scope_to_the_narrowest() {
    let add = |value: &str| format!(r#"{{"headers": {{"add": {{"X-Trail": "{value}"}}}}}}"#);
    let world = World::new(|entities| {
        let scopes = [
            (PolicyScope::Application, 6, "application"),
            (PolicyScope::Plan, 5, "plan"),
            (PolicyScope::Product, 4, "product"),
            (PolicyScope::Route, 3, "route"),
            (PolicyScope::Version, 2, "version"),
            (PolicyScope::Api, 1_002, "api"),
            (PolicyScope::Global, 0, "global"),
        ];
        for ((scope, on, name), n) in scopes.into_iter().zip(20..) {
            entities.push(policy(n, "request_transform", scope, on, &add(name)));
            entities.push(policy(n + 20, "response_transform", scope, on, &add(name)));
        }
        entities.push(policy(
            60,
            "request_transform",
            PolicyScope::Plan,
            99,
            &add("another plan"),
        ));
    });
    let got = world.get("/a/things/1", &[("X-API-Key", KEY)]);
    let order = [
        "global",
        "api",
        "version",
        "route",
        "product",
        "plan",
        "application",
    ];
    let trail = |text: &str| -> Vec<String> {
        let values = text
            .lines()
            .filter_map(|line| line.strip_prefix("x-trail: "));
        values.map(str::to_owned).collect()
    };
    assert_eq!(trail(&got.sent), order);
    assert_eq!(trail(&got.answer.join("\n")), order);
}

#[test]
fn a_preflight_needs_no_key_and_refusals_can_be_read() {
    let world = World::new(|entities| {
        let config = r#"{"origins": ["https://app.example"]}"#;
        entities.push(policy(20, "cors", PolicyScope::Api, 1_002, config));
        for entity in entities.iter_mut() {
            if let Entity::Route(route) = entity {
                route.methods.push("OPTIONS".into());
            }
        }
    });
    let ask = |origin: &str| {
        world.call(
            "OPTIONS",
            "/a/things/1",
            &[("Origin", origin), ("Access-Control-Request-Method", "GET")],
        )
    };
    let allowed = ask("https://app.example");
    assert_eq!(allowed.outcome, "answered 204");
    assert_eq!(
        allowed.header("access-control-allow-origin"),
        Some("https://app.example")
    );
    assert_eq!(ask("https://evil.example").outcome, "origin_not_allowed");
    let refused = world.get("/a/things/1", &[("Origin", "https://app.example")]);
    assert_eq!(refused.outcome, "credential_missing");
    assert_eq!(
        refused.header("access-control-allow-origin"),
        Some("https://app.example")
    );
}

#[test]
fn deprecated_versions_say_so_on_every_answer() {
    let world = World::new(|entities| {
        for entity in entities.iter_mut() {
            if let Entity::ApiVersion(version) = entity {
                version.lifecycle = Lifecycle::Deprecated;
                version.deprecated_at = Some(domain::Timestamp::from_seconds(1_700_000_000));
                version.successor_url = Some("https://portal.example/v2".into());
            }
        }
    });
    let check = |got: Call| {
        assert_eq!(got.header("deprecation"), Some("@1700000000"));
        let link = "<https://portal.example/v2>; rel=\"successor-version\"";
        assert_eq!(got.header("link"), Some(link));
    };
    check(world.get("/a/things/1", &[("X-API-Key", KEY)]));
    check(world.get("/a/things/1", &[]));
}

//! How policies go together: scopes in their order, conditions, ways of authentication, and what a failing one does.

use data_encoding::BASE64;
use domain::credential::basic_holder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::attached::Attached;
use crate::catalogue::{STANDARD, TINY, VERSION};
use crate::client::{call, get};
use crate::world::World;

fn sets(header: &str, value: &str) -> Value {
    json!({ "headers": { "set": { header: value }, "add": { "X-Trail": value } } })
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_apply_from_the_widest_to_the_narrowest() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let other = world.active(2, TINY).await;
    let gateway = world.start().await;
    let scopes = [
        ("global", 0),
        ("api", 20),
        ("version", VERSION),
        ("route", 41),
        ("product", 50),
        ("plan", STANDARD),
        ("application", 101),
    ];
    // attached from the narrowest: the order of attaching says nothing
    for (id, (scope, scope_id)) in (600..).zip(scopes.into_iter().rev()) {
        let config = sets("X-Last", scope);
        let policy = Attached {
            scope,
            scope_id,
            ..Attached::to_route(id, 0, "request_transform", config)
        };
        world.attach(&gateway, &policy).await;
    }
    let seen = get(gateway.address, "/shop/any/x", &key).await.json();
    assert_eq!(
        seen["headers"]["x-trail"],
        "global\napi\nversion\nroute\nproduct\nplan\napplication"
    );
    assert_eq!(
        seen["headers"]["x-last"], "application",
        "the narrowest has the last word"
    );
    let seen = get(gateway.address, "/shop/any/x", &other).await.json();
    assert_eq!(
        seen["headers"]["x-trail"], "global\napi\nversion\nroute\nproduct",
        "another plan and another application"
    );
    let seen = get(gateway.address, "/shop/echo", &key).await.json();
    assert_eq!(
        seen["headers"]["x-trail"], "global\napi\nversion\nproduct\nplan\napplication",
        "another route"
    );
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_applies_where_its_conditions_hold() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let other = world.active(2, TINY).await;
    let gateway = world.start().await;
    let policy = Attached {
        conditions: json!({
            "methods": ["POST"], "paths": ["/shop/any/**"], "plans": ["standard"],
            "headers": [{ "name": "X-Channel", "equals": "partner" }],
        }),
        ..Attached::to_route(600, 41, "request_transform", sets("X-Applied", "yes"))
    };
    world.attach(&gateway, &policy).await;
    let applied = async |method: &str, key: &str, channel: &str| {
        let lines = [
            &*format!("X-API-Key: {key}"),
            &*format!("X-Channel: {channel}"),
        ];
        let answer = call(gateway.address, method, "/shop/any/x", &lines, b"").await;
        answer.json()["headers"]["x-applied"] == "yes"
    };
    assert!(applied("POST", &key, "partner").await);
    assert!(!applied("GET", &key, "partner").await, "another method");
    assert!(!applied("POST", &key, "web").await, "another header");
    assert!(!applied("POST", &other, "partner").await, "another plan");
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_of_several_ways_is_enough_unless_all_are_asked_for() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let other = world.active(2, STANDARD).await;
    let hash = Sha256::digest(basic_holder("harbor", "secret").as_bytes());
    world.credential(501, "basic", &hash, b"").await;
    let all = "{\"authentication\": \"all\"}";
    world.route(45, VERSION, "[]", "/all", "exact", all).await;
    let gateway = world.start().await;
    for (id, route, kind) in [
        (600, 41, "key_auth"),
        (601, 41, "basic_auth"),
        (602, 45, "key_auth"),
        (603, 45, "basic_auth"),
    ] {
        let policy = Attached::to_route(id, route, kind, json!({}));
        world.attach(&gateway, &policy).await;
    }
    let own = format!("X-API-Key: {key}");
    let others = format!("X-API-Key: {other}");
    let text = |text: &[u8]| format!("Authorization: Basic {}", BASE64.encode(text));
    let (basic, wrong) = (text(b"harbor:secret"), text(b"harbor:wrong"));
    for (path, lines, status, code) in [
        ("/shop/any/x", &[&*own][..], 200, ""),
        ("/shop/any/x", &[&basic], 200, ""),
        ("/shop/any/x", &[], 401, "credential_missing"),
        // the first way that finds a credential of its kind decides
        ("/shop/any/x", &[&own, &wrong], 200, ""),
        ("/shop/any/x", &[&wrong], 401, "credential_unknown"),
        ("/shop/all", &[&own, &basic], 200, ""),
        ("/shop/all", &[&own], 401, "credential_missing"),
        ("/shop/all", &[&basic], 401, "credential_missing"),
        ("/shop/all", &[&own, &wrong], 401, "credential_unknown"),
        // two good ones, of two applications
        ("/shop/all", &[&others, &basic], 401, "credential_unknown"),
    ] {
        let answer = call(gateway.address, "GET", path, lines, b"").await;
        assert_eq!(answer.status, status, "{path} {lines:?}");
        if status != 200 {
            assert_eq!(answer.problem().1, code, "{path} {lines:?}");
        }
    }
    let nobody = call(gateway.address, "GET", "/shop/any/x", &[], b"").await;
    let ways = nobody.header("www-authenticate");
    assert_eq!(
        ways.lines().count(),
        2,
        "one challenge for each way: {ways}"
    );
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_may_know_its_callers_without_a_subscription() {
    let world = World::new().await;
    let without = world.caller(3, None).await;
    world
        .route(
            45,
            VERSION,
            "[]",
            "/known",
            "exact",
            "{\"access\": \"authenticated\"}",
        )
        .await;
    let gateway = world.start().await;
    assert_eq!(
        get(gateway.address, "/shop/known", &without).await.status,
        200
    );
    assert_eq!(
        get(gateway.address, "/shop/any/x", &without)
            .await
            .problem(),
        (403, "subscription_missing".to_owned())
    );
    let nobody = call(gateway.address, "GET", "/shop/known", &[], b"").await;
    assert_eq!(nobody.problem(), (401, "credential_missing".to_owned()));
    gateway.running.shutdown().await;
}

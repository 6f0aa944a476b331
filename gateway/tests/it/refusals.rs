//! Each cause has its own status and code, and every refusal the same shape.

use crate::catalogue::STANDARD;
use crate::client::{call, get};
use crate::world::{World, eventually};

async fn check(world: &World, address: std::net::SocketAddr, key: &str, status: u16, code: &str) {
    let before = world.upstream.seen();
    let answer = get(address, "/shop/echo", key).await;
    assert_eq!(answer.problem(), (status, code.to_owned()));
    assert_eq!(world.upstream.seen(), before, "{code} reached the upstream");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_cause_has_its_own_code() {
    let world = World::new().await;
    world.caller(1, None).await;
    let revoked = world.active(2, STANDARD).await;
    let expired = world.active(3, STANDARD).await;
    let pending = world.caller(4, Some((STANDARD, "pending"))).await;
    let stopped = world.caller(5, Some((STANDARD, "suspended"))).await;
    let shut_out = world.active(6, STANDARD).await;
    for (id, set) in [
        (202, "state = 'revoked', revoked_at = 1"),
        (203, "expires_at = 1"),
    ] {
        let statement = format!("UPDATE credential SET {set} WHERE id = ?");
        world.change("credential", id, &statement).await;
    }
    world
        .change(
            "application",
            106,
            "UPDATE application SET state = 'suspended' WHERE id = ?",
        )
        .await;
    let gateway = world.start().await;

    let missing = call(gateway.address, "GET", "/shop/echo", &[], b"").await;
    assert_eq!(missing.problem(), (401, "credential_missing".to_owned()));
    assert!(!missing.header("www-authenticate").is_empty());
    assert_eq!(missing.header("content-type"), "application/problem+json");
    assert_eq!(
        missing.json()["type"],
        "http://portal.test:8002/errors/credential_missing"
    );
    assert_eq!(missing.json()["request_id"], missing.header("x-request-id"));

    check(
        &world,
        gateway.address,
        "gh_live_nobody",
        401,
        "credential_unknown",
    )
    .await;
    check(
        &world,
        gateway.address,
        &crate::catalogue::key(1),
        403,
        "subscription_missing",
    )
    .await;
    check(&world, gateway.address, &revoked, 401, "credential_revoked").await;
    check(&world, gateway.address, &expired, 401, "credential_expired").await;
    check(
        &world,
        gateway.address,
        &pending,
        403,
        "subscription_pending",
    )
    .await;
    check(
        &world,
        gateway.address,
        &stopped,
        403,
        "subscription_suspended",
    )
    .await;
    check(
        &world,
        gateway.address,
        &shut_out,
        403,
        "application_suspended",
    )
    .await;
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_routed_says_why() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    let nowhere = get(gateway.address, "/nowhere", &key).await;
    assert_eq!(nowhere.problem(), (404, "route_not_found".to_owned()));
    let method = call(gateway.address, "DELETE", "/shop/echo", &[], b"").await;
    assert_eq!(method.problem(), (405, "method_not_allowed".to_owned()));
    for wanted in ["GET", "POST"] {
        assert!(
            method.header("allow").contains(wanted),
            "{}",
            method.header("allow")
        );
    }
    let retired = get(gateway.address, "/old/echo", &key).await;
    assert_eq!(retired.problem(), (410, "api_retired".to_owned()));
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_get_what_they_can_read() {
    let world = World::new().await;
    let mut config = world.config();
    config.error_page = Some(gateway::config::ErrorPage(std::sync::Arc::new(|view| {
        format!(
            "<h1>{}</h1><a href=\"{}\">",
            view.refusal,
            view.help.as_deref().unwrap_or("")
        )
    })));
    let gateway = crate::world::Started::new(config).await;
    let page = call(
        gateway.address,
        "GET",
        "/nowhere",
        &["Accept: text/html,*/*;q=0.8"],
        b"",
    )
    .await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let text = String::from_utf8(page.body).unwrap();
    assert_eq!(
        text,
        "<h1>route_not_found</h1><a href=\"http://portal.test:8002/errors/route_not_found\">"
    );
    let text = call(
        gateway.address,
        "GET",
        "/nowhere",
        &["Accept: text/plain"],
        b"",
    )
    .await;
    assert!(String::from_utf8(text.body).unwrap().starts_with("404 "));
    let head = call(gateway.address, "HEAD", "/nowhere", &[], b"").await;
    assert_eq!(head.status, 404);
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_live_within_a_second() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    assert_eq!(get(gateway.address, "/shop/echo", &key).await.status, 200);

    let begun = std::time::Instant::now();
    world
        .change(
            "credential",
            201,
            "UPDATE credential SET state = 'revoked' WHERE id = ?",
        )
        .await;
    eventually("the key is refused", async || {
        get(gateway.address, "/shop/echo", &key).await.status == 401
    })
    .await;
    assert!(begun.elapsed().as_millis() < 1_000, "{:?}", begun.elapsed());

    world
        .change(
            "credential",
            201,
            "UPDATE credential SET state = 'active' WHERE id = ?",
        )
        .await;
    world.change("api_version", crate::catalogue::VERSION, "UPDATE api_version SET lifecycle = 'deprecated', deprecated_at = 1000000, sunset_at = 2000000 WHERE id = ?").await;
    eventually("the version says that it is deprecated", async || {
        let answer = get(gateway.address, "/shop/echo", &key).await;
        answer.status == 200
            && answer.header("deprecation") == "@1"
            && answer.header("sunset") == "Thu, 01 Jan 1970 00:00:02 GMT"
    })
    .await;
    world
        .change("route", 40, "DELETE FROM route WHERE id = ?")
        .await;
    eventually("the route is gone", async || {
        get(gateway.address, "/shop/echo", &key).await.status == 404
    })
    .await;
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_policy_keeps_what_was_and_delays_no_revocation() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    assert_eq!(get(gateway.address, "/shop/echo", &key).await.status, 200);
    world.change("policy", 70, "INSERT INTO policy (id, workspace_id, kind, scope, scope_id, config, position, enabled, created_at, updated_at, version) SELECT ?, id, 'no_such_policy', 'global', x'00000000000000000000000000000000', '{}', 0, 1, 0, 0, 1 FROM workspace").await;
    eventually("the status names the problem", async || {
        gateway.status().await["snapshot_problem"]
            .as_str()
            .is_some_and(|p| p.contains("no_such_policy"))
    })
    .await;
    assert_eq!(get(gateway.address, "/shop/echo", &key).await.status, 200);
    world
        .change(
            "credential",
            201,
            "UPDATE credential SET state = 'revoked' WHERE id = ?",
        )
        .await;
    eventually("the key is refused", async || {
        get(gateway.address, "/shop/echo", &key).await.status == 401
    })
    .await;
    gateway.running.shutdown().await;
}

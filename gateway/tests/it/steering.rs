//! Requests that go elsewhere, are copied, or are answered on the way.

use crate::catalogue::{STANDARD, VERSION};
use crate::client::{call, get};
use crate::upstream::Upstream;
use crate::world::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_is_another_upstream() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    let next = Upstream::start().await;
    world.more_upstream(90, "next", next.address).await;
    let config = r#"{"branches": [{"name": "stable", "weight": 1}, {"name": "canary", "upstream": "next", "weight": 0},
        {"name": "lost", "upstream": "nowhere", "weight": 0}],
        "rules": [{"header": "X-Canary", "value": "yes", "branch": "canary"}, {"header": "X-Canary", "branch": "lost"}], "show_in": "X-Branch"}"#;
    world.policy(70, None, "traffic_split", config).await;
    let gateway = world.start().await;
    let own = format!("X-API-Key: {key}");
    for (canary, branch, status) in [("no", "lost", 503), ("yes", "canary", 200)] {
        let line = format!("X-Canary: {canary}");
        let answer = call(gateway.address, "GET", "/shop/any/1", &[&own, &line], b"").await;
        assert_eq!((answer.status, answer.header("x-branch")), (status, branch));
    }
    let answer = get(gateway.address, "/shop/any/1", &key).await;
    assert_eq!((answer.status, answer.header("x-branch")), (200, "stable"));
    assert_eq!((world.upstream.seen(), next.seen()), (1, 1));
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_gets_copies_and_nobody_waits_for_it() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    world.route(46, VERSION, "[]", "/hold", "exact", "{}").await;
    let next = Upstream::start().await;
    world.more_upstream(90, "next", next.address).await;
    world
        .policy(70, None, "mirror", r#"{"upstream": "next"}"#)
        .await;
    let gateway = world.start().await;
    // the mirror holds its copy; the upstream itself is let go
    world.upstream.gate.add_permits(1);
    assert_eq!(get(gateway.address, "/shop/hold", &key).await.status, 200);
    eventually("the mirror has the copy", async || next.seen() == 1).await;
    let own = format!("X-API-Key: {key}");
    let body = vec![b'x'; 40_000];
    let answer = call(gateway.address, "POST", "/shop/any/1", &[&own], &body).await;
    assert_eq!(answer.json()["length"], 40_000);
    eventually("the mirror has the body too", async || next.seen() == 2).await;
    next.gate.add_permits(1);
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_answer_instead_of_the_upstream() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    for (id, path) in [(45, "/closed"), (46, "/moved"), (47, "/broken")] {
        world.route(id, VERSION, "[]", path, "exact", "{}").await;
    }
    let closed = r#"{"message": "back at nine", "headers": {"Retry-After": "60"}}"#;
    world
        .policy(70, Some(45), "request_termination", closed)
        .await;
    let moved = r#"{"to": "https://new.example/v2", "keep_path": true, "status": "308"}"#;
    world.policy(71, Some(46), "redirect", moved).await;
    let broken = r#"{"abort": {"percent": 100, "status": 502}}"#;
    world.policy(72, Some(47), "fault_injection", broken).await;
    world
        .policy(73, None, "correlation_id", r#"{"header": "X-Trace"}"#)
        .await;
    let gateway = world.start().await;
    let answer = get(gateway.address, "/shop/closed", &key).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "60"));
    assert_eq!(answer.json()["detail"], "back at nine");
    let answer = get(gateway.address, "/shop/moved?a=1", &key).await;
    let place = answer.header("location");
    assert_eq!(
        (answer.status, place),
        (308, "https://new.example/v2/shop/moved?a=1")
    );
    let answer = get(gateway.address, "/shop/broken", &key).await;
    assert_eq!(
        (answer.status, answer.header("x-fault-injected")),
        (502, "abort")
    );
    assert_eq!(world.upstream.seen(), 0);
    let own = format!("X-API-Key: {key}");
    let answer = call(
        gateway.address,
        "GET",
        "/shop/echo",
        &[&own, "X-Trace: abc"],
        b"",
    )
    .await;
    assert_eq!(answer.header("x-trace"), "abc");
    assert_eq!(answer.json()["headers"]["x-trace"], "abc");
    gateway.running.shutdown().await;
}

//! Limits on what runs at once, on sizes, and on what answers cost.

use std::time::Duration;

use futures_util::future::select_all;

use crate::catalogue::{STANDARD, VERSION};
use crate::client::{call, get};
use crate::world::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn one_runs_one_waits_and_the_third_is_refused() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    world.route(45, VERSION, "[]", "/hold", "exact", "{}").await;
    let config = r#"{"limit": 1, "queue": 1, "wait_ms": 20000}"#;
    world.policy(70, None, "concurrency_limit", config).await;
    let gateway = world.start().await;
    let address = gateway.address;
    let held = |key: String| tokio::spawn(async move { get(address, "/shop/hold", &key).await });
    let first = held(key.clone());
    eventually("one runs", async || world.upstream.seen() == 1).await;
    // of two more one waits and one is refused at once, whichever comes first
    let more = [held(key.clone()), held(key.clone())];
    let waiting = tokio::time::timeout(Duration::from_secs(10), select_all(more));
    let (refused, _, rest) = waiting.await.expect("one is refused at once");
    let refused = refused.unwrap();
    assert_eq!(refused.problem(), (429, "concurrency_limited".to_owned()));
    assert_eq!(refused.header("retry-after"), "1");
    world.upstream.gate.add_permits(2);
    for call in rest.into_iter().chain([first]) {
        assert_eq!(call.await.unwrap().status, 200);
    }
    eventually("the slot is free again", async || {
        get(address, "/shop/echo", &key).await.status == 200
    })
    .await;
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sizes_are_bounded_with_and_without_a_length() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    world
        .policy(
            70,
            None,
            "request_size_limit",
            r#"{"max_body_bytes": 1000, "max_url_bytes": 100}"#,
        )
        .await;
    let gateway = world.start().await;
    let own = format!("X-API-Key: {key}");
    let post = async |bytes: usize| {
        let body = vec![b'x'; bytes];
        call(gateway.address, "POST", "/shop/any/1", &[&own], &body).await
    };
    assert_eq!(post(1_000).await.status, 200);
    assert_eq!(
        post(1_001).await.problem(),
        (413, "body_too_large".to_owned())
    );
    let long = format!("/shop/any/{}", "x".repeat(100));
    let answer = get(gateway.address, &long, &key).await;
    assert_eq!(answer.problem(), (414, "url_too_long".to_owned()));
    let chunk = format!("{:x}\r\n{}\r\n0\r\n\r\n", 1_001, "x".repeat(1_001));
    let mut connection = crate::client::Connection::open(gateway.address).await;
    let head = format!(
        "POST /shop/any/1 HTTP/1.1\r\nHost: api.test\r\n{own}\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    connection.send(head + &chunk).await;
    let answer = connection.answer_to("POST").await.unwrap();
    assert_eq!(answer.problem(), (413, "body_too_large".to_owned()));
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_answers_cost_is_charged() {
    let world = World::new().await;
    let key = world.active(1, STANDARD).await;
    world.route(45, VERSION, "[]", "/say", "exact", "{}").await;
    let tokens = r#"{"limits": [{"unit": "tokens", "amount": 10, "window": "minute"}]}"#;
    world.policy(70, None, "response_rate_limit", tokens).await;
    let credits = r#"{"requests": 100, "period": "month", "name": "credits", "cost": {"header": "X-Credits", "from": "response"}}"#;
    world.policy(71, None, "quota", credits).await;
    let gateway = world.start().await;
    let path = "/shop/say?x-usage=tokens%3D7&x-credits=20";
    let first = get(gateway.address, path, &key).await;
    assert_eq!((first.status, first.header("x-usage")), (200, ""));
    assert!(first.header("ratelimit").contains("\"tokens\";r=3"));
    assert!(first.header("ratelimit").contains("\"credits\";r=80"));
    assert_eq!(get(gateway.address, path, &key).await.status, 200);
    let refused = get(gateway.address, path, &key).await;
    assert_eq!(refused.problem(), (429, "rate_limited".to_owned()));
    gateway.running.shutdown().await;
    let used = "SELECT COALESCE(SUM(used), 0) FROM quota_counter";
    assert_eq!(world.number(used).await, 40);
}

//! Rate limits and quotas, their headers, and that a restart forgets nothing.

use crate::catalogue::{BUDGET, TINY};
use crate::client::{call, get};
use crate::world::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn the_third_of_two_calls_is_refused() {
    let world = World::new().await;
    let key = world.active(1, TINY).await;
    let gateway = world.start().await;
    for left in ["1", "0"] {
        let answer = get(gateway.address, "/shop/echo", &key).await;
        assert_eq!(
            (answer.status, answer.header("x-ratelimit-remaining")),
            (200, left)
        );
        assert!(
            answer.header("ratelimit").contains(&format!("r={left}")),
            "{}",
            answer.header("ratelimit")
        );
        assert!(answer.header("ratelimit-policy").contains("q=2;w=60"));
    }
    let answer = get(gateway.address, "/shop/echo", &key).await;
    assert_eq!(answer.problem(), (429, "rate_limited".to_owned()));
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait));
    assert_eq!(answer.header("x-ratelimit-limit"), "2");
    assert_eq!(world.upstream.seen(), 2);
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_survives_a_restart_and_charges_no_refusal() {
    let world = World::new().await;
    let key = world.active(1, BUDGET).await;
    let gateway = world.start().await;
    for _ in 0..3 {
        assert_eq!(get(gateway.address, "/shop/echo", &key).await.status, 200);
    }
    // refused before the upstream: not charged
    assert_eq!(
        call(
            gateway.address,
            "POST",
            "/shop/echo",
            &[&format!("X-API-Key: {key}"), "Content-Length: 999999999"],
            b""
        )
        .await
        .status,
        413
    );
    gateway.running.shutdown().await;
    assert_eq!(world.number("SELECT used FROM quota_counter").await, 3);

    let gateway = world.start().await;
    eventually("the quota is seeded", async || {
        gateway.status().await["flushed_at"].is_string()
    })
    .await;
    for left in [1, 0] {
        let answer = get(gateway.address, "/shop/echo", &key).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-ratelimit-remaining"), left.to_string());
    }
    let answer = get(gateway.address, "/shop/echo", &key).await;
    assert_eq!(answer.problem(), (429, "quota_exceeded".to_owned()));
    assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
    gateway.running.shutdown().await;
    assert_eq!(world.number("SELECT used FROM quota_counter").await, 5);
}

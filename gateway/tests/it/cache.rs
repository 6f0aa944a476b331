//! Answers from memory, over sockets: what the upstream sees of them, and what is counted.

use crate::catalogue::{STANDARD, TINY, VERSION};
use crate::client::{Answer, Connection, call, get};
use crate::world::{Started, World, eventually};

const FRESH: &str = "/shop/say?cache-control=max-age%3D60&etag=%22v1%22&cache-tag=prices";
const STALE: &str = "/shop/say?cache-control=max-age%3D0&etag=%22v1%22";

async fn cached(config: &str) -> World {
    let world = World::new().await;
    world.route(45, VERSION, "[]", "/say", "exact", "{}").await;
    world.route(46, VERSION, "[]", "/hold", "exact", "{}").await;
    world.policy(70, None, "cache", config).await;
    world
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hit_does_not_reach_the_upstream_and_counts_all_the_same() {
    let world = cached("{}").await;
    let key = world.active(1, TINY).await;
    let gateway = world.start().await;
    let first = get(gateway.address, FRESH, &key).await;
    assert_eq!((first.status, text(&first).as_str()), (200, "answer 1"));
    assert_eq!(first.header("cache-status"), "gatehouse; fwd=miss; stored");
    let hit = get(gateway.address, FRESH, &key).await;
    assert_eq!((hit.status, text(&hit).as_str()), (200, "answer 1"));
    assert!(hit.header("cache-status").starts_with("gatehouse; hit"));
    assert!(hit.header("age").parse::<u64>().is_ok_and(|age| age < 30));
    assert_eq!(hit.header("x-ratelimit-remaining"), "0");
    assert_ne!(hit.header("x-request-id"), first.header("x-request-id"));
    let refused = get(gateway.address, FRESH, &key).await;
    assert_eq!(refused.problem().0, 429);
    assert_eq!(world.upstream.seen(), 1);
    let status = gateway.status().await;
    assert_eq!(
        (&status["cache"]["hits"], &status["cache"]["answers"]),
        (&1.into(), &1.into())
    );
    gateway.running.shutdown().await;
    let counted = "SELECT SUM(requests) FROM usage_minute WHERE status = 200";
    assert_eq!(world.number(counted).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_caller_s_answer_is_not_another_s() {
    let world = cached("{}").await;
    let (one, other) = (
        world.active(1, STANDARD).await,
        world.active(2, STANDARD).await,
    );
    let gateway = world.start().await;
    for key in [&one, &other, &one, &other] {
        assert_eq!(get(gateway.address, FRESH, key).await.status, 200);
    }
    assert_eq!(world.upstream.seen(), 2);
    let public = "/shop/say?cache-control=public,max-age%3D60";
    for key in [&one, &other] {
        assert_eq!(text(&get(gateway.address, public, key).await), "answer 3");
    }
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_answer_is_revalidated_and_the_caller_told_that_the_connection_ends() {
    let world = cached("{}").await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    for round in 0..3 {
        let mut connection = Connection::open(gateway.address).await;
        let line = format!("GET {STALE} HTTP/1.1\r\nHost: api.test\r\nX-API-Key: {key}\r\n\r\n");
        connection.send(line).await;
        let answer = connection.answer().await.unwrap();
        assert_eq!(
            (answer.status, text(&answer).as_str()),
            (200, "answer 1"),
            "{round}"
        );
        if round > 0 {
            assert_eq!(answer.header("connection"), "close");
        }
    }
    assert_eq!(world.upstream.seen(), 3);
    let own = format!("X-API-Key: {key}");
    let current = call(
        gateway.address,
        "GET",
        STALE,
        &[&own, "If-None-Match: \"v1\""],
        b"",
    )
    .await;
    assert_eq!((current.status, current.body.len()), (304, 0));
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_upstream_is_stood_in_for() {
    let world = cached("{\"stale_if_error_s\": 60}").await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    get(gateway.address, STALE, &key).await;
    world
        .upstream
        .fails
        .store(true, std::sync::atomic::Ordering::SeqCst);
    let stale = get(gateway.address, STALE, &key).await;
    assert_eq!((stale.status, text(&stale).as_str()), (200, "answer 1"));
    assert_eq!(get(gateway.address, "/shop/say", &key).await.status, 503);
    // gone altogether: nobody listens there
    world
        .change(
            "upstream",
            crate::catalogue::UPSTREAM,
            "UPDATE target SET url = 'http://127.0.0.1:1' WHERE upstream_id = ?",
        )
        .await;
    let fresh = "/shop/say?cache-control=max-age%3D1";
    eventually("the new target is asked", async || {
        get(gateway.address, fresh, &key).await.status == 502
    })
    .await;
    let stale = get(gateway.address, STALE, &key).await;
    assert_eq!((stale.status, text(&stale).as_str()), (200, "answer 1"));
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_for_the_same_at_once_ask_once() {
    let world = cached("{\"default_ttl_s\": 60}").await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    let address = gateway.address;
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let key = key.clone();
            tokio::spawn(async move { get(address, "/shop/hold", &key).await })
        })
        .collect();
    eventually("one asks", async || world.upstream.seen() == 1).await;
    world.upstream.gate.add_permits(1);
    for call in calls {
        let answer = call.await.unwrap();
        assert_eq!((answer.status, text(&answer).as_str()), (200, "held"));
    }
    assert_eq!(world.upstream.seen(), 1);
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_to_purge_reaches_the_node() {
    let world = cached("{}").await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    let mut seen = 0;
    for (id, target, value) in [
        (80, "url", "api.test/shop/say*"),
        (81, "tag", "prices"),
        (82, "api", "00000000-0000-0000-0000-000000000014"),
        (83, "all", ""),
    ] {
        get(gateway.address, FRESH, &key).await;
        seen += 1;
        assert_eq!(get(gateway.address, FRESH, &key).await.status, 200);
        assert_eq!(world.upstream.seen(), seen, "{target}");
        let order = format!(
            "INSERT INTO cache_purge (id, workspace_id, target, value, created_at) SELECT ?, id, '{target}', '{value}', 0 FROM workspace"
        );
        world.change("cache_purge", id, &order).await;
        emptied(&gateway).await;
    }
    // an order for something else leaves what is there
    get(gateway.address, FRESH, &key).await;
    let order = "INSERT INTO cache_purge (id, workspace_id, target, value, created_at) SELECT ?, id, 'tag', 'shoes', 0 FROM workspace";
    let before = gateway.running.revision();
    world.change("cache_purge", 84, order).await;
    eventually("the order is carried out", async || {
        gateway.running.revision() > before
    })
    .await;
    assert_eq!(gateway.status().await["cache"]["answers"], 1);
    gateway.running.shutdown().await;
}

async fn emptied(gateway: &Started) {
    eventually("nothing is stored", async || {
        gateway.status().await["cache"]["answers"] == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_answer_passes_whole_and_is_not_kept() {
    let world = cached("{\"default_ttl_s\": 60, \"max_body_bytes\": 1000}").await;
    let key = world.active(1, STANDARD).await;
    let gateway = world.start().await;
    let long = "x".repeat(3_000);
    for seen in 1..=2 {
        let answer = get(gateway.address, &format!("/shop/any/{long}"), &key).await;
        assert_eq!(answer.status, 200);
        assert!(answer.json()["target"].as_str().unwrap().contains(&long));
        assert_eq!(world.upstream.seen(), seen);
    }
    gateway.running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_memory_has_no_room_for_is_answered_from_the_disk() {
    let world = cached(r#"{"default_ttl_s": 600}"#).await;
    let key = world.active(1, STANDARD).await;
    let mut config = world.config();
    config.limits.cache_bytes = 1 << 20;
    config.limits.cache_disk_bytes = 64 << 20;
    let folder = config.data_dir.join("cache");
    let gateway = Started::new(config).await;
    let (own, pad) = (
        format!("X-API-Key: {key}"),
        format!("X-Pad: {}", "x".repeat(20_000)),
    );
    let ask = async |number: u32| {
        let target = format!("/shop/any/{number}");
        call(gateway.address, "GET", &target, &[&own, &pad], b"").await
    };
    for number in 0..80 {
        assert_eq!(ask(number).await.status, 200);
    }
    eventually("all are kept", async || {
        let cache = gateway.status().await["cache"].clone();
        let count = |name: &str| cache[name].as_u64().unwrap();
        count("answers") + count("disk_answers") == 80 && count("disk_answers") > 20
    })
    .await;
    for number in [3, 7, 11, 3] {
        let answer = ask(number).await;
        let from = answer.header("cache-status").to_owned();
        assert!(from.starts_with("gatehouse; hit"), "{number}: {from}");
        assert_eq!(answer.json()["target"], format!("/any/{number}"));
    }
    assert_eq!(world.upstream.seen(), 80);
    let cache = gateway.status().await["cache"].clone();
    assert!(cache["disk_hits"].as_u64().unwrap() > 0, "{cache}");
    assert_eq!(cache["disk_failed"], 0);
    gateway.running.shutdown().await;

    // nothing is found again after a start, and nothing is left behind
    let mut config = world.config();
    config.limits.cache_disk_bytes = 64 << 20;
    let gateway = Started::new(config).await;
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    assert_eq!(gateway.status().await["cache"]["disk_answers"], 0);
    gateway.running.shutdown().await;
}
